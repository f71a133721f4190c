// Keeps a page as it is now, without taking anything from whoever reads or writes in it. Pages work without this.
//
// The server tells when something that the page shows has changed; then the page is loaded again and takes the place of
// what is shown. Without being told it looks by itself, every `data-live` seconds.
"use strict";

const main = document.getElementById("main");
const seconds = () => Number(main?.dataset.live ?? 0);

// Milliseconds: between two looks at what is to be done; between two loads; between two loads while the server tells, as
// not everything is told; between two tries to be told.
const TICK = 1_000, GAP = 2_000, CALM = 60_000, AGAIN = 60_000;

const fields = () => [...main.querySelectorAll("input, textarea, select")];

const isWritten = (field) => {
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  if (!field.matches("select")) return field.value !== field.defaultValue;
  return field.selectedIndex !== Math.max(0, [...field.options].findIndex((one) => one.defaultSelected));
};

let isPressed = false;
addEventListener("pointerdown", () => { isPressed = true; }, true);
for (const end of ["pointerup", "pointercancel", "blur"]) addEventListener(end, () => { isPressed = false; }, true);

// Somebody is in the middle of something: a field that is written in, an open list, a form that is sent, a selection.
const isBusy = () =>
  document.hidden || isPressed ||
  fields().some(isWritten) || main.querySelector("select:focus, form[data-sent]") !== null ||
  String(document.getSelection()) !== "";

// What an element is to a reader, whatever changes around it.
const nameOf = (element) => {
  const part = element.closest("details");
  const about = part && [part.previousElementSibling, part.querySelector("summary")].map((one) => one?.textContent);
  return [element.id, element.name, element.getAttribute("href"), element.getAttribute("aria-label"), about].join("\n");
};

// The same element on the page as it is now.
const twin = (element, there) => {
  const alike = (root) => [...root.querySelectorAll(element.tagName)].filter((one) => nameOf(one) === nameOf(element));
  return alike(there)[alike(main).indexOf(element)];
};

// Puts the page as it is now in the place of what is shown: what is open stays open, what has the focus keeps it, what is
// rolled stays there. False if something of that is not there any more.
const exchange = (there) => {
  const focused = document.activeElement !== main && main.contains(document.activeElement) ? document.activeElement : null;
  const open = [...main.querySelectorAll("details[open]")].map((one) => twin(one, there));
  const next = focused && twin(focused, there);
  if (open.includes(undefined) || next === undefined) return false;
  for (const part of open) part.open = true;
  main.dataset.live = there.dataset.live ?? 0;
  if (there.innerHTML === main.innerHTML) return true;
  const rolled = [...main.querySelectorAll(".wide, pre")].filter((one) => one.scrollLeft > 0 || one.scrollTop > 0);
  const places = rolled.map((one) => [twin(one, there), one.scrollLeft, one.scrollTop]);
  const [left, top] = [scrollX, scrollY];
  const marked = focused?.selectionStart == null ? null : [focused.selectionStart, focused.selectionEnd];
  main.replaceChildren(...there.childNodes);
  for (const [one, x, y] of places) one?.scrollTo({ left: x, top: y, behavior: "instant" });
  next?.focus({ preventScroll: true });
  if (marked) next.setSelectionRange(...marked);
  scrollTo({ left, top, behavior: "instant" });
  return true;
};

// True if the page is as it is now.
const refresh = async () => {
  const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error" });
  if (!answer.ok) return false;
  const there = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
  return there !== null && !isBusy() && exchange(there);
};

// What tells, since when it was not tried again, and the last load.
let stream = null, tried = -AGAIN, loaded = performance.now();
let isLoading = false, isStale = false, hasFailed = false;

const leave = () => {
  stream?.close();
  stream = null;
};

// A page that nobody sees is told nothing: browsers have few connections to a host.
const follow = () => {
  const where = main.dataset.stream;
  if (stream || !where || !window.EventSource || performance.now() - tried < AGAIN) return;
  tried = performance.now();
  const opened = new EventSource(where);
  stream = opened;
  opened.onmessage = () => {
    isStale = true;
    hasFailed = false;
    work();
  };
  // It comes back by itself, unless it was refused.
  opened.onerror = () => {
    if (opened.readyState === EventSource.CLOSED && stream === opened) stream = null;
  };
};

const patience = () => {
  const usual = seconds() * 1_000;
  if (hasFailed) return usual;
  if (isStale) return GAP;
  return stream?.readyState === 1 ? Math.max(CALM, usual) : usual;
};

const work = async () => {
  if (seconds() <= 0 || document.hidden) return;
  follow();
  if (!isLoading && !isBusy() && performance.now() - loaded >= patience()) {
    isLoading = true;
    isStale = false;
    const isDone = await refresh().catch(() => false);
    hasFailed = !isDone && !isBusy();
    isStale ||= !isDone;
    isLoading = false;
    loaded = performance.now();
  }
  // What is shown may be older than what there is.
  main.toggleAttribute("data-stale", isStale);
};

if (seconds() > 0) {
  setInterval(work, TICK);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) leave();
    else tried = -AGAIN;
    work();
  });
  addEventListener("pagehide", leave);
  work();
}

// "/" goes to the search field, as in many tools; not while somebody writes.
document.addEventListener("keydown", (event) => {
  const field = document.querySelector("[data-focus='/']");
  const writes = event.target instanceof Element && event.target.matches("input, select, textarea");
  if (event.key !== "/" || writes || event.ctrlKey || event.metaKey || event.altKey || !field) return;
  event.preventDefault();
  field.focus();
});

// A form is sent once.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  else if (event.target.method === "post") event.target.dataset.sent = "yes";
});
// A page that comes back from the browser's memory may be sent again: the server does it once all the same.
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
