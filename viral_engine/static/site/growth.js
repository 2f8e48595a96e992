// Dashboards: apply a filter as soon as it changes, and keep opened details open when their card is redrawn.
"use strict";

document.querySelector("[data-filter]")?.addEventListener("change", ({ currentTarget }) => currentTarget.requestSubmit());

const openedIn = new Map(); // card id -> open state of each of its details
const detailsOf = (card) => [...card.querySelectorAll("details")];

document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  const card = detail.target;
  if (card?.id) openedIn.set(card.id, detailsOf(card).map((one) => one.open));
});

document.addEventListener("htmx:oobAfterSwap", ({ detail }) => {
  const card = document.getElementById(detail.target.id);
  const were = openedIn.get(detail.target.id);
  if (card && were) detailsOf(card).forEach((one, place) => (one.open = Boolean(were[place])));
});
