// The one place from which requests that act leave: with the session's token, and with an answer whatever happens.

/**
 * Sends `fields` to `address`. The answer is `{ isDone, sentence, body }`: `body` is the JSON that came, or null;
 * `sentence` says what the server said, or why nothing can be told.
 */
export async function send(method, address, fields) {
    const request = { method, redirect: "manual", cache: "no-store", headers: {} };
    if (method === "GET") {
        if (String(fields)) address += `?${fields}`;
    } else {
        request.body = fields;
        request.headers["X-CSRF-Token"] = document.body.dataset.csrf;
    }
    let answer;
    try {
        answer = await fetch(address, request);
    } catch {
        return {
            isDone: false,
            body: null,
            sentence: "The server was not reached, or its answer was lost: whether this was done is not known.",
        };
    }
    if (answer.type === "opaqueredirect" || answer.status === 401) {
        return { isDone: false, body: null, sentence: "The session has ended: nothing was done. Sign in again." };
    }
    let body = null;
    try {
        body = await answer.json();
    } catch {
        // No JSON: the status alone has to tell.
    }
    return { isDone: answer.ok, body, sentence: body?.message ?? body?.detail ?? `The server answered ${answer.status}.` };
}
