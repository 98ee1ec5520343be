// What came of an action, as it is: sent, what each worker said, and whether the effect was seen.

const effectLimit = 15000;

/** Shows that an action is on its way; returns what shows its end. */
export function showOutcome(place, title) {
    const box = document.createElement("div");
    box.className = "notice notice-busy";
    const content = document.createElement("div");
    const head = document.createElement("p");
    const name = document.createElement("strong");
    name.textContent = title;
    const said = document.createElement("span");
    said.textContent = " Sent; waiting for the answer.";
    head.append(name, said);
    content.append(head);
    box.append(content);
    place.replaceChildren(box);
    place.scrollIntoView({ block: "nearest" });
    return {
        finish(answer, done) {
            const lines = workerLines(answer.body);
            const isPartial = lines.some((line) => line.style !== "success");
            box.className = `notice ${answer.isDone ? (isPartial ? "notice-warn" : "notice-good") : "notice-bad"}`;
            said.textContent = ` ${(answer.isDone && done) || answer.sentence}`;
            if (lines.length) content.append(workerList(lines));
            if (answer.body?.note) content.append(paragraph(answer.body.note));
        },
        link(text, address) {
            const link = document.createElement("a");
            link.href = address;
            link.textContent = text;
            const line = paragraph("");
            line.append(link);
            content.append(line);
        },
        async effect(selector, before) {
            const line = paragraph("Waiting for the effect to show here …");
            content.append(line);
            const start = performance.now();
            const after = await changeOf(selector, before);
            const seconds = ((performance.now() - start) / 1000).toFixed(1);
            line.textContent =
                after === null
                    ? `No change was seen here within ${effectLimit / 1000} s.`
                    : after.shown && before.shown
                      ? `Seen after ${seconds} s: ${before.shown} → ${after.shown}.`
                      : `Seen after ${seconds} s.`;
        },
    };
}

/** What the element that `selector` finds says now: `value` to compare, `shown` to tell. */
export function readEffect(selector) {
    const element = document.querySelector(selector);
    const time = element?.getAttribute("datetime");
    const text = element?.textContent.trim() ?? "";
    return { value: time ?? text, shown: time ? "" : text };
}

function changeOf(selector, before) {
    return new Promise((resolve) => {
        const observer = new MutationObserver(look);
        const timer = setTimeout(() => end(null), effectLimit);
        function end(after) {
            observer.disconnect();
            clearTimeout(timer);
            resolve(after);
        }
        function look() {
            const after = readEffect(selector);
            if (after.value !== before.value) end(after);
        }
        observer.observe(document.getElementById("main"), {
            subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["datetime"],
        });
        look();
    });
}

/** One line for each worker that answered, for each that did not, and for what could not be read. */
function workerLines(body) {
    const lines = [];
    for (const [worker, said] of Object.entries(body?.workers ?? {})) {
        if (said?.ok !== undefined) lines.push({ style: "success", text: `${worker}: ${plain(said.ok)}` });
        else lines.push({ style: "failure", text: `${worker}: ${plain(said?.error ?? said)}` });
    }
    for (const worker of body?.missing ?? []) {
        lines.push({ style: "pending", text: `${worker}: no answer in time. It may still do it when it is free.` });
    }
    for (const problem of body?.problems ?? []) lines.push({ style: "failure", text: problem });
    return lines;
}

function plain(value) {
    return typeof value === "string" ? value : JSON.stringify(value);
}

function workerList(lines) {
    const list = document.createElement("ul");
    list.className = "plain";
    for (const { style, text } of lines.slice(0, 50)) {
        const item = document.createElement("li");
        const mark = document.createElement("span");
        mark.className = `state state-${style}`;
        item.append(mark, text);
        list.append(item);
    }
    if (lines.length > 50) {
        const good = lines.filter((line) => line.style === "success").length;
        list.append(paragraph(`${lines.length} answers in all, ${good} of them good.`));
    }
    return list;
}

function paragraph(text) {
    const element = document.createElement("p");
    element.textContent = text;
    return element;
}
