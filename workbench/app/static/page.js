// The colours of the page: chosen by the person, else by ?theme=, else by the system. Runs before the first paint.
(() => {
  const THEMES = ["light", "dark", "contrast"];
  const asked = new URLSearchParams(location.search).get("theme");
  const kept = (() => { try { return localStorage.getItem("theme"); } catch { return null; } })();
  const system = matchMedia("(prefers-contrast: more)").matches ? "contrast" : matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const set = (theme) => {
    document.documentElement.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-set-theme]")) button.setAttribute("aria-pressed", String(button.dataset.setTheme === theme));
  };
  set([asked, kept, system].find((theme) => THEMES.includes(theme)));
  document.addEventListener("DOMContentLoaded", () => {
    document.body.classList.add("ground");
    set(document.documentElement.dataset.theme);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-set-theme]");
    if (!button) return;
    set(button.dataset.setTheme);
    try { localStorage.setItem("theme", button.dataset.setTheme); } catch { /* a private window keeps nothing */ }
  });
})();
