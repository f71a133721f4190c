// Keeps a page as it is now, without taking anything from whoever reads or writes in it. Pages work without this.
"use strict";

const main = document.getElementById("main");
const seconds = Number(main?.dataset.live ?? 0);

// Somebody is in the middle of something: a field, an opened part, a selection.
const isBusy = () =>
  document.hidden ||
  main.contains(document.activeElement) && document.activeElement !== main ||
  main.querySelector("details[open]") !== null ||
  String(document.getSelection()) !== "";

const refresh = async () => {
  if (isBusy()) return;
  const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error" });
  if (!answer.ok) return;
  const there = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
  if (there && !isBusy() && there.innerHTML !== main.innerHTML) main.replaceChildren(...there.childNodes);
};

if (seconds > 0) setInterval(() => refresh().catch(() => {}), seconds * 1000);

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
