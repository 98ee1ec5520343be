// Runs before the first paint: applies the chosen theme, so that it never flashes, and marks that scripts run.
(() => {
    const root = document.documentElement;
    root.classList.add("scripts");
    let theme = null;
    try {
        theme = localStorage.getItem("calyx-theme");
    } catch {
        // Storage may be forbidden; the system's theme it is then.
    }
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
})();
