// Asks back before something that cannot be taken back.

/** True when the person confirms. `typed`, when given, has to be typed first. */
export function confirmed({ title, text, word, isDangerous, typed }) {
    const dialog = document.createElement("dialog");
    dialog.className = "question";
    dialog.setAttribute("aria-labelledby", "question-title");
    const form = document.createElement("form");
    form.method = "dialog";
    const heading = document.createElement("h2");
    heading.id = "question-title";
    heading.textContent = title;
    const explanation = document.createElement("p");
    explanation.textContent = text;
    form.append(heading, explanation);
    const go = dialogButton(word, isDangerous ? "button button-danger" : "button button-main", "yes");
    const stay = dialogButton("Cancel", "button", "no");
    if (typed) form.append(typingField(typed, go));
    const buttons = document.createElement("p");
    buttons.className = "actions";
    buttons.append(go, stay);
    form.append(buttons);
    dialog.append(form);
    document.body.append(dialog);
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close("no"));
    return new Promise((resolve) => {
        dialog.addEventListener("close", () => {
            dialog.remove();
            resolve(dialog.returnValue === "yes");
        });
        dialog.showModal();
        // Enter at once must not do what is dangerous.
        if (!typed) (isDangerous ? stay : go).focus();
    });
}

function dialogButton(word, style, value) {
    const button = document.createElement("button");
    button.className = style;
    button.value = value;
    button.textContent = word;
    return button;
}

/** A field that frees `button` once it holds `wanted`. */
function typingField(wanted, button) {
    const label = document.createElement("label");
    label.className = "field";
    label.append("Type ");
    const name = document.createElement("code");
    name.textContent = wanted;
    const field = document.createElement("input");
    field.autocomplete = "off";
    field.spellcheck = false;
    field.autofocus = true;
    label.append(name, " to confirm", field);
    button.disabled = true;
    field.addEventListener("input", () => {
        button.disabled = field.value.trim() !== wanted;
    });
    return label;
}
