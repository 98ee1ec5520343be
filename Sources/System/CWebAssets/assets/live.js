import { setServerTime, tick } from "./clock.js";
import { adopt, apply, settleLists, waitingRows } from "./patch.js";
import { parsedDocument } from "./policy.js";
import { checkSession, isSignedOut, personOf, sessionEnded, whenSignedInAgain } from "./session.js";
import { announce, showTruth } from "./status.js";

// Keeps the page true: one stream of server-sent events while somebody looks at it.

const hiddenLimit = 30000;
const silenceLimit = 40000;
const firstEventLimit = 10000;
const pollInterval = 5000;
const longestWait = 30000;

const address = document.body.dataset.stream;

let source = null;
let attempts = 0;
let hasOpened = false;
let isPaused = false;
let isPolling = false;
let held = [];
let retryAt = 0;
let retryTimer = 0;
let watchdog = 0;
let pollTimer = 0;
let hiddenTimer = 0;
let lastTruth = { truth: "live", lag: 0 };

function start() {
    stop();
    if (isPolling) return poll();
    showTruth("connecting");
    // After a first connection the document is older than what this page shows, so the server repeats everything.
    source = new EventSource(hasOpened ? address.replace(/(%3F|%26)_at%3D[^&]*$/, "") : address);
    source.addEventListener("patch", (event) => take(JSON.parse(event.data)));
    source.addEventListener("error", lost);
    watch(firstEventLimit);
}

function stop() {
    source?.close();
    source = null;
    for (const timer of [retryTimer, watchdog, pollTimer]) clearTimeout(timer);
    retryAt = 0;
}

/** A stream that says nothing for this long is dead, even if its connection stands. */
function watch(limit) {
    clearTimeout(watchdog);
    watchdog = setTimeout(lost, limit);
}

function take(message) {
    attempts = 0;
    hasOpened = true;
    watch(silenceLimit);
    setServerTime(message.now);
    lastTruth = message;
    if (message.reload) {
        location.reload();
        return;
    }
    if (isPaused) {
        if (message.ops.length) held.push(message.ops);
        // Too much has changed to keep it all: going on will load everything anew.
        if (held.length > 2000) stop();
        showPaused();
        return;
    }
    apply(message.ops, isListHeld);
    tick();
    showWaiting();
    showNow();
}

function showNow() {
    if (lastTruth.truth === "behind") showTruth("behind", `${lastTruth.lag} s`);
    else showTruth(lastTruth.truth);
}

function showPaused() {
    showTruth("paused", held.length ? `· ${held.length} ${held.length === 1 ? "change" : "changes"}` : "");
}

function lost() {
    stop();
    if (isPaused) return;
    attempts += 1;
    const wait = Math.min(longestWait, 1000 * 2 ** (attempts - 1)) * (0.75 + Math.random() / 2);
    retryAt = Date.now() + wait;
    retryTimer = setTimeout(check, wait);
    countdown();
    if (attempts === 3) announce("The connection to the server is lost.");
}

function countdown() {
    if (!retryAt) return;
    showTruth("lost", `· retrying in ${Math.max(0, Math.ceil((retryAt - Date.now()) / 1000))} s`);
    setTimeout(countdown, 1000);
}

/** Before another try: is it the stream, the session, or the server? A server that is away lets the stream fail, too. */
async function check() {
    stop();
    const session = await checkSession();
    if (session === "over") return sessionEnded();
    if (session === "ours" && attempts >= 3) isPolling = true;
    start();
}

/** The way without a stream. */
async function poll() {
    showTruth("polling");
    try {
        const answer = await fetch(location.href, { redirect: "manual", cache: "no-store" });
        if (isSignedOut(answer)) return sessionEnded();
        if (answer.ok && !isPaused) {
            const newer = parsedDocument(await answer.text());
            if (personOf(newer) !== personOf(document)) return location.reload();
            adopt(newer, isListHeld);
            tick();
            showWaiting();
        }
        attempts = 0;
    } catch {
        isPolling = false;
        lost();
        return;
    }
    pollTimer = setTimeout(poll, pollInterval);
}

export function togglePause() {
    const state = document.getElementById("truth")?.dataset.truth;
    if (state === "signedOut") {
        sessionEnded();
    } else if (isPaused) {
        isPaused = false;
        if (source) {
            for (const operations of held) apply(operations, isListHeld);
            held = [];
            tick();
            showNow();
        } else {
            held = [];
            hasOpened = true;
            check();
        }
    } else if (state === "lost") {
        attempts = 0;
        check();
    } else {
        isPaused = true;
        showPaused();
    }
}

// Rows never move under the pointer, under the focus, or above what is being read.

let hovered = null;

function isListHeld(body) {
    const panel = body.closest("[data-arrivals]");
    if (!panel) return false;
    if (panel === hovered || panel.contains(document.activeElement)) return true;
    return panel.dataset.arrivals === "top" && panel.getBoundingClientRect().top < 0;
}

function showWaiting() {
    for (const panel of document.querySelectorAll('[data-arrivals="top"]')) {
        const body = panel.querySelector("[data-list]");
        const count = body && isListHeld(body) ? waitingRows(body) : 0;
        let pill = panel.querySelector(".arrivals");
        if (!count) {
            pill?.remove();
            continue;
        }
        if (!pill) {
            pill = document.createElement("button");
            pill.type = "button";
            pill.className = "arrivals";
            pill.addEventListener("click", () => {
                hovered = null;
                document.activeElement?.blur();
                if (panel.getBoundingClientRect().top < 0) panel.scrollIntoView();
                release();
            });
            panel.prepend(pill);
        }
        pill.textContent = count === body.children.length ? `${count} or more new` : `${count} new`;
    }
}

function release() {
    if (isPaused) return;
    settleLists(isListHeld);
    showWaiting();
}

if (address) {
    start();
    whenSignedInAgain(() => {
        attempts = 0;
        if (isPaused) showPaused();
        else if (!document.hidden) start();
    });
    document.addEventListener("visibilitychange", () => {
        clearTimeout(hiddenTimer);
        if (document.hidden) {
            hiddenTimer = setTimeout(() => {
                stop();
                if (!isPaused) showTruth("hidden");
            }, hiddenLimit);
        } else if (!source && !isPaused) {
            attempts = 0;
            check();
        }
    });
    addEventListener("pagehide", stop);
    addEventListener("pageshow", (event) => {
        if (event.persisted) check();
    });
    document.addEventListener("pointerover", (event) => {
        const panel = event.pointerType === "touch" ? null : event.target.closest?.("[data-arrivals]");
        if (panel === hovered) return;
        hovered = panel ?? null;
        release();
    });
    document.addEventListener("pointerleave", () => {
        hovered = null;
        release();
    });
    document.addEventListener("focusout", () => setTimeout(release));
    addEventListener("scroll", release, { passive: true });
}
