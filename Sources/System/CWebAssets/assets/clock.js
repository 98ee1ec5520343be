// The server writes times absolute; while scripts run, some read as ages. The server's clock is the one that counts.

let clockOffset = 0;

/** `milliseconds` since 1970 as the server has it now. */
export function setServerTime(milliseconds) {
    clockOffset = milliseconds - Date.now();
}

function duration(seconds) {
    const whole = Math.floor(seconds);
    if (whole < 60) return `${whole} s`;
    const minutes = Math.floor(whole / 60);
    if (minutes < 60) return `${minutes}m ${String(whole % 60).padStart(2, "0")}s`;
    const hours = Math.floor(minutes / 60);
    if (hours < 24) return `${hours}h ${String(minutes % 60).padStart(2, "0")}m`;
    return `${Math.floor(hours / 24)}d ${String(hours % 24).padStart(2, "0")}h`;
}

const phrases = {
    ago: (seconds) => `${duration(Math.max(0, seconds))} ago`,
    for: (seconds) => `for ${duration(Math.max(0, seconds))}`,
    elapsed: (seconds) => (seconds < 10 ? `${Math.max(0, seconds).toFixed(1)} s` : duration(seconds)),
    until: (seconds) => (seconds < 0 ? `in ${duration(Math.ceil(-seconds))}` : "now"),
};

/** Brings all relative times of the page up to date. */
export function tick() {
    const now = Date.now() + clockOffset;
    for (const time of document.querySelectorAll("time[data-tick]")) {
        const phrase = phrases[time.dataset.tick];
        if (!phrase) continue;
        const text = phrase((now - Date.parse(time.dateTime)) / 1000);
        if (time.textContent !== text) time.textContent = text;
    }
}
