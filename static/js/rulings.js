// The stream of rulings: the keys of the judging screen press its buttons.
"use strict";

accordKeys.hear((action) => {
  const button = action && document.querySelector(`[data-does="${action}"]`);
  if (!button) return false;
  button.click();
  return true;
});
