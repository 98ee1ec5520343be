import { isSignedOut, renewToken, sessionEnded } from "./session.js";

// The one place from which requests that act leave: with the session's token, and with an answer whatever happens.

/**
 * Sends `fields` to `address`. The answer is `{ isDone, sentence, body }`: `body` is the JSON that came, or null;
 * `sentence` says what the server said, or why nothing can be told.
 */
export async function send(method, address, fields) {
    const request = { method, redirect: "manual", cache: "no-store", headers: {} };
    if (method === "GET" && String(fields)) address += `?${fields}`;
    if (method !== "GET") request.body = fields;
    let answer;
    try {
        answer = await attempt();
        // Refused, perhaps only because the same person has signed in anew since this page was loaded.
        if (answer.status === 403 && method !== "GET" && (await renewToken())) answer = await attempt();
    } catch {
        return {
            isDone: false,
            body: null,
            sentence: "The server was not reached, or its answer was lost: whether this was done is not known.",
        };
    }
    if (isSignedOut(answer)) {
        sessionEnded();
        return { isDone: false, body: null, sentence: "The session has ended: nothing was done. Sign in again." };
    }
    let body = null;
    try {
        body = await answer.json();
    } catch {
        // No JSON: the status alone has to tell.
    }
    return { isDone: answer.ok, body, sentence: body?.message ?? body?.detail ?? `The server answered ${answer.status}.` };

    function attempt() {
        if (method !== "GET") request.headers["X-CSRF-Token"] = document.body.dataset.csrf;
        return fetch(address, request);
    }
}
