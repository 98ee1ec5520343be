import "./act.js";
import { changeTheme, showTheme } from "./appearance.js";
import { tick } from "./clock.js";
import { copy } from "./copy.js";
import { showHelp } from "./keys.js";
import { togglePause } from "./live.js";

// What the page's buttons do.

const actions = { theme: changeTheme, help: showHelp, pause: togglePause };

const cards = "details.account[open], details.help[open]";

document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (button?.dataset.action) actions[button.dataset.action]?.();
    else if (button && (button.dataset.copy !== undefined || button.dataset.copyFrom)) copy(button);
    for (const open of document.querySelectorAll(cards)) {
        if (!open.contains(event.target)) open.open = false;
    }
});

document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const open of document.querySelectorAll(cards)) {
        open.open = false;
        open.querySelector("summary").focus();
    }
});

showTheme();
tick();
setInterval(() => document.hidden || tick(), 1000);
