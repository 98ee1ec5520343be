// The theme: the system's, or the one chosen here.

const themes = ["system", "light", "dark"];
const themeTitles = { system: "follows the system", light: "light", dark: "dark" };

function chosenTheme() {
    return document.documentElement.dataset.theme ?? "system";
}

/** Says on its button which theme is on. */
export function showTheme() {
    for (const button of document.querySelectorAll('[data-action="theme"]')) {
        button.title = `Theme: ${themeTitles[chosenTheme()]} (t)`;
    }
}

/** From the system's theme to light, dark, and back. */
export function changeTheme() {
    const next = themes[(themes.indexOf(chosenTheme()) + 1) % themes.length];
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
        localStorage.setItem("calyx-theme", next);
    } catch {
        // Without storage the choice lasts as long as the page.
    }
    showTheme();
}
