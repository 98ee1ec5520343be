// The truth indicator: whether what is on the screen is so in the cluster now. Always a word beside the colour.

const words = {
    live: "Live",
    behind: "Behind",
    blind: "Broker unreachable",
    paused: "Paused",
    hidden: "Paused",
    connecting: "Connecting",
    lost: "Disconnected",
    polling: "Every 5 s",
    signedOut: "Signed out",
};

const titles = {
    live: "Everything on this page is as of now. Click or press p to pause.",
    behind: "Events reach the monitor later than they happened: it is behind, or a worker's clock is off.",
    blind: "The monitor gets no events: its broker does not answer.",
    paused: "The page stands still. Click or press p to go on.",
    hidden: "The page was not looked at.",
    connecting: "Asking the server for changes.",
    lost: "The server cannot be reached. Click to try now.",
    polling: "Something between the server and this browser holds streams back, so the page asks every 5 seconds.",
    signedOut: "The session has ended. Click to sign in again.",
};

/** Shows `state`; `detail` is a number of seconds or of waiting changes, said in words. */
export function showTruth(state, detail = "") {
    const indicator = document.getElementById("truth");
    if (!indicator) return;
    const word = detail ? `${words[state]} ${detail}` : words[state];
    if (indicator.dataset.truth !== state) {
        indicator.dataset.truth = state;
        indicator.title = titles[state];
        indicator.setAttribute("aria-pressed", String(state === "paused"));
    }
    const label = indicator.querySelector(".truth-word");
    if (label.textContent !== word) label.textContent = word;
}

let announcedAt = 0;

/** Says one sentence to who listens rather than looks, at most every ten seconds. */
export function announce(sentence) {
    const now = Date.now();
    if (now - announcedAt < 10000) return;
    announcedAt = now;
    const announcer = document.getElementById("announcer");
    if (announcer) announcer.textContent = sentence;
}
