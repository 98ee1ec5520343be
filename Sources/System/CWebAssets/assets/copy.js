/** Copies what `button` names: its own `data-copy`, or the text of the element `data-copy-from`. */
export async function copy(button) {
    const from = button.dataset.copyFrom;
    const text = from ? (document.getElementById(from)?.textContent ?? "") : button.dataset.copy;
    let isCopied = true;
    try {
        await navigator.clipboard.writeText(text);
    } catch {
        isCopied = copyBySelection(text);
    }
    button.classList.add(isCopied ? "done" : "failed");
    setTimeout(() => button.classList.remove("done", "failed"), 1500);
}

/** The clipboard interface needs https; this does not. */
function copyBySelection(text) {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "offscreen";
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    return isCopied;
}
