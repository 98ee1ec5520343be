import { confirmed } from "./confirm.js";
import { readEffect, showOutcome } from "./outcome.js";
import { send } from "./send.js";

// Forms that act on tasks and workers: asked back where it matters, sent without leaving the page, the outcome told.

document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-act]");
    if (!form) return;
    event.preventDefault();
    act(form);
});

async function act(form) {
    const button = form.querySelector("button");
    if (button.ariaBusy === "true") return;
    const settings = { ...form.dataset };
    // An empty field is one that was left out.
    const fields = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
    const address = form.getAttribute("action");
    const method = form.method.toUpperCase();
    if (settings.ask) {
        const question = {
            title: settings.ask,
            text: filled(settings.askText, fields),
            word: settings.act,
            isDangerous: settings.danger !== undefined,
            typed: settings.askTyped,
        };
        if (!(await confirmed(question))) return;
    }
    const before = settings.effect && readEffect(settings.effect);
    const outcome = showOutcome(document.getElementById(settings.outcome), `${settings.act}:`);
    button.setAttribute("aria-busy", "true");
    const answer = await send(method, address, fields);
    button.removeAttribute("aria-busy");
    outcome.finish(answer, settings.done);
    const task = answer.body?.["task-id"];
    if (task && settings.next) outcome.link(`Task ${task}`, `${settings.next}?id=${encodeURIComponent(task)}`);
    if (!answer.isDone) return;
    const asking = settings.refresh && askAnew(settings.refresh);
    if (before) await outcome.effect(settings.effect, before);
    clearInterval(asking);
}

/** A worker says what has changed when asked, and a pool takes seconds to change. */
function askAnew(address) {
    const ask = () => send("GET", address, "");
    ask();
    return setInterval(ask, 2500);
}

/** `{n}` in a sentence becomes what the field `n` holds. */
function filled(sentence, fields) {
    return sentence.replace(/\{(\w+)\}/g, (placeholder, name) => fields.get(name) ?? placeholder);
}
