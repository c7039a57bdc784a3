// How long somebody has been at it: a goal for this sitting, and a reminder to pause. It is theirs
// alone: kept in this browser, sent nowhere, and nobody is hurried by it.
"use strict";

(() => {
  const WISHES = "accord care"; // { goal, every }
  const SITTING = "accord sitting"; // { judged, seconds, untilPause, seen }
  const AWAY = 5 * 60; // seconds away from the page that count as a pause
  const OVER = 60 * 60; // and as the end of the sitting
  const TICK = 5; // seconds

  const form = document.getElementById("care-form");
  const words = form.dataset;
  const so = document.getElementById("care-so-far");
  const notice = document.getElementById("care-notice");
  const now = () => Date.now() / 1000;
  let wishes = read(localStorage, WISHES, { goal: 0, every: 45 });
  let sitting = read(sessionStorage, SITTING, fresh());

  function fresh() {
    return { judged: 0, seconds: 0, unpaused: 0, seen: now() };
  }

  function read(store, name, otherwise) {
    try {
      return { ...otherwise, ...JSON.parse(store.getItem(name)) };
    } catch {
      return otherwise;
    }
  }

  function keep(store, name, value) {
    try {
      store.setItem(name, JSON.stringify(value));
    } catch {
      // it holds until the page is left
    }
  }

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name]);

  function say(text) {
    notice.firstElementChild.textContent = text;
    notice.hidden = !text;
  }

  function tick() {
    if (document.hidden) return;
    const away = now() - sitting.seen;
    if (away > OVER) sitting = fresh();
    else if (away > AWAY) sitting.unpaused = 0;
    else {
      sitting.seconds += away;
      sitting.unpaused += away;
    }
    sitting.seen = now();
    const minutes = Math.floor(sitting.unpaused / 60);
    if (wishes.every && minutes >= wishes.every) {
      say(fill(words.wordPause, { minutes }));
      sitting.unpaused = 0;
    }
    show();
  }

  function show() {
    keep(sessionStorage, SITTING, sitting);
    so.textContent = fill(words.wordSoFar, {
      judged: sitting.judged,
      minutes: Math.floor(sitting.seconds / 60),
    });
  }

  document.addEventListener("accord:judged", ({ detail }) => {
    sitting.judged = Math.max(0, sitting.judged + detail.change);
    if (detail.change > 0 && wishes.goal && sitting.judged === wishes.goal) {
      say(fill(words.wordGoal, { goal: wishes.goal }));
    }
    show();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    wishes = { goal: form.elements.goal.valueAsNumber || 0, every: form.elements.every.valueAsNumber || 0 };
    keep(localStorage, WISHES, wishes);
    document.getElementById("care").hidePopover();
  });
  notice.querySelector("button").addEventListener("click", () => say(""));
  document.addEventListener("visibilitychange", tick);
  form.elements.goal.value = wishes.goal || "";
  form.elements.every.value = wishes.every;
  document.querySelector("[popovertarget=care]").hidden = false;
  setInterval(tick, TICK * 1000);
  tick();
})();
