import { parsedDocument } from "./policy.js";
import { showTruth } from "./status.js";

// When the session of an open page has ended: says so over the page, which stays as it is, and goes on with it once the same
// person is signed in again. Another person gets a page of their own.

const shortestWait = 3000;
const longestPatience = 15000;

let overlay = null;
let isOver = false;
let waitTimer = 0;
let nextWait = shortestWait;
let resumes = [];

/** Whether `answer` (of `fetch` with `redirect: "manual"`) says that nobody is signed in. */
export function isSignedOut(answer) {
    return answer.type === "opaqueredirect" || answer.status === 401;
}

/** Called after the session has come back and the page has its token. */
export function whenSignedInAgain(resume) {
    resumes.push(resume);
}

/** Shows the overlay, and waits for the session. */
export async function sessionEnded() {
    isOver = true;
    showTruth("signedOut");
    const found = await lookForSession();
    // It may be there again already: somebody signed in in another tab.
    if (found.document) return goOnWithSession(found.document);
    showSignedOut(found.problem);
    waitForSession();
}

/**
 * Whose session the browser has now: `ours`, whose token is taken over; `over`; or `unknown` when nobody answers. When it is
 * somebody else's, the page is loaded anew.
 */
export async function checkSession() {
    const { document: newer, problem } = await lookForSession();
    if (newer) {
        if (adoptSession(newer)) return "ours";
        location.reload();
    }
    return problem ? "over" : "unknown";
}

/** Takes over the token of the session that the browser has now; false when it is not a newer one of the same person. */
export async function renewToken() {
    const { document: newer } = await lookForSession();
    if (!newer) return false;
    const before = document.body.dataset.csrf;
    return adoptSession(newer) && document.body.dataset.csrf !== before;
}

/** What the page of one's own sessions says, which everybody may read: a document, or why there is none. */
async function lookForSession() {
    const address = `${document.body.dataset.prefix}/access/sessions`;
    try {
        const answer = await fetch(address, { redirect: "manual", cache: "no-store" });
        if (answer.ok) return { document: parsedDocument(await answer.text()) };
        if (answer.status === 401) return { problem: await answer.json() };
    } catch {
        // Not reached, or not understood: asked again later.
    }
    return {};
}

/** Who a page is made for: name, role, and what they are limited to. */
export function personOf(ofDocument) {
    const account = ofDocument.querySelector(".account");
    return [account?.querySelector("summary").title, account?.querySelector(".account-limit")?.textContent].join();
}

/** False when it is somebody else's session, or the same person's with other rights. */
function adoptSession(newer) {
    if (personOf(newer) !== personOf(document)) return false;
    const token = newer.body.dataset.csrf;
    document.body.dataset.csrf = token;
    for (const field of document.querySelectorAll('input[name="_csrf"]')) field.value = token;
    return true;
}

function goOnWithSession(newer) {
    clearTimeout(waitTimer);
    isOver = false;
    nextWait = shortestWait;
    overlay?.close();
    if (!adoptSession(newer)) return location.reload();
    for (const goOn of resumes) goOn();
}

function waitForSession() {
    clearTimeout(waitTimer);
    waitTimer = setTimeout(askForSession, nextWait);
    nextWait = Math.min(longestPatience, nextWait * 1.2);
}

async function askForSession() {
    if (!isOver) return;
    if (document.hidden) return waitForSession();
    const found = await lookForSession();
    if (!isOver) return;
    if (found.document) goOnWithSession(found.document);
    else waitForSession();
}

function showSignedOut(problem) {
    if (overlay) return;
    const signIn = problem?.login_url ?? `${document.body.dataset.prefix}/login`;
    const here = location.pathname.slice(document.body.dataset.prefix.length) + location.search;
    const address = `${signIn}?next=${encodeURIComponent(here)}`;
    const said =
        problem?.session === "none"
            ? "You signed out in another tab, or the session has reached the end of its lifetime."
            : "It expired, or it was ended on a sessions page, or your access has changed.";
    overlay = document.createElement("dialog");
    overlay.id = "signed-out";
    overlay.setAttribute("role", "alertdialog");
    overlay.setAttribute("aria-labelledby", "signed-out-title");
    overlay.setAttribute("aria-describedby", "signed-out-text");
    const title = document.createElement("h2");
    title.id = "signed-out-title";
    title.textContent = "Your session has ended";
    const text = document.createElement("div");
    text.id = "signed-out-text";
    text.append(
        sentenceLine(said),
        sentenceLine("This page stands still and keeps what you see and typed. It goes on by itself as soon as you are signed in again."),
    );
    const fresh = document.createElement("a");
    fresh.className = "button button-main";
    fresh.href = address;
    fresh.target = "_blank";
    fresh.rel = "noopener";
    fresh.textContent = "Sign in in a new tab";
    const same = document.createElement("a");
    same.className = "button";
    same.href = address;
    same.textContent = "Sign in here";
    const stay = document.createElement("button");
    stay.type = "button";
    stay.className = "button";
    stay.textContent = "Look at the page";
    stay.addEventListener("click", () => overlay.close());
    const actions = document.createElement("p");
    actions.className = "actions";
    actions.append(fresh, same, stay);
    overlay.append(title, text, actions);
    // Escape closes it as well. The indicator then still says that nobody is signed in, and brings it back.
    overlay.addEventListener("close", () => {
        overlay.remove();
        overlay = null;
    });
    document.body.append(overlay);
    overlay.showModal();
    fresh.focus();
}

function sentenceLine(text) {
    const paragraph = document.createElement("p");
    paragraph.textContent = text;
    return paragraph;
}

addEventListener("focus", askForSession);
document.addEventListener("visibilitychange", askForSession);
