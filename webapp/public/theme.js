// Runs before the first paint; src/app/theme.ts is what changes the choice.
(() => {
  let choice = "system";
  try {
    choice = localStorage.getItem("trackyard.theme") || "system";
  } catch {
    // Storage may be forbidden; the system's theme it is.
  }
  const dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
