import { changeTheme } from "./appearance.js";
import { togglePause } from "./live.js";

// Keyboard: every page by two letters, every row by j and k.

const shortcuts = [
    ["g w", "Workers"],
    ["g t", "Tasks"],
    ["g q", "Queues"],
    ["/", "Search this page"],
    ["j  k", "Next, previous row"],
    ["Enter", "Open the row"],
    ["p", "Pause and go on"],
    ["t", "Theme: system, light, dark"],
    ["?", "This help"],
];

let afterG = 0;

document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = event.target;
    if (target.matches("input, textarea, select, [contenteditable]")) {
        if (event.key === "Escape") target.blur();
        return;
    }
    if (document.querySelector("dialog[open]")) return;
    const action = handler(event.key, Date.now() - afterG < 1000);
    afterG = event.key === "g" ? Date.now() : 0;
    if (!action) return;
    event.preventDefault();
    action();
});

function handler(key, isAfterG) {
    const page = isAfterG && document.querySelector(`.tabs a[data-key="${CSS.escape(key)}"]`);
    if (page) return () => page.click();
    switch (key) {
        case "/":
            return focusSearch();
        case "j":
            return () => step(1);
        case "k":
            return () => step(-1);
        case "p":
            return togglePause;
        case "t":
            return changeTheme;
        case "?":
            return showHelp;
        default:
            return null;
    }
}

function focusSearch() {
    const field = document.querySelector("[data-search]");
    return field && (() => field.select());
}

/** Moves the focus to the main link of the next row. */
function step(direction) {
    const links = [...document.querySelectorAll("table[data-keys] tbody tr")]
        .map((row) => row.querySelector("a.key, .key a"))
        .filter(Boolean);
    if (!links.length) return;
    const row = document.activeElement?.closest("tr");
    const current = links.findIndex((link) => row?.contains(link));
    const index = current < 0 ? (direction > 0 ? 0 : links.length - 1) : current + direction;
    const link = links[Math.min(links.length - 1, Math.max(0, index))];
    link.focus();
    link.closest("tr").scrollIntoView({ block: "nearest" });
}

export function showHelp() {
    let dialog = document.getElementById("shortcuts");
    if (!dialog) {
        dialog = document.createElement("dialog");
        dialog.id = "shortcuts";
        dialog.setAttribute("aria-labelledby", "shortcuts-title");
        const title = document.createElement("h2");
        title.id = "shortcuts-title";
        title.textContent = "Keyboard shortcuts";
        const table = document.createElement("dl");
        for (const [keys, meaning] of shortcuts) {
            if (keys.startsWith("g ") && !document.querySelector(`.tabs a[data-key="${keys[2]}"]`)) continue;
            const term = document.createElement("dt");
            for (const key of keys.split(" ")) {
                if (!key) continue;
                const cap = document.createElement("kbd");
                cap.textContent = key;
                term.append(cap);
            }
            const text = document.createElement("dd");
            text.textContent = meaning;
            table.append(term, text);
        }
        const close = document.createElement("button");
        close.type = "button";
        close.className = "button button-main";
        close.textContent = "Close";
        close.addEventListener("click", () => dialog.close());
        dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
        dialog.append(title, table, close);
        document.body.append(dialog);
    }
    dialog.showModal();
}
