// The stream of rulings: the keys of the judging screen press its buttons.
"use strict";

accordKeys.hear((action) => {
  const button = action && document.querySelector(`[data-does="${action}"]`);
  if (!button) return false;
  button.click();
  return true;
});

// A comment that was typed and not kept: the next ruling asks before it leaves it behind.
(() => {
  const box = document.querySelector("details textarea[name=note]");
  let isKept = false;
  box?.form.addEventListener("submit", () => {
    isKept = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (box && !isKept && box.value !== box.defaultValue) event.preventDefault();
  });
})();
