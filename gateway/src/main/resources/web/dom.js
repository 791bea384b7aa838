/** Small helpers for the elements of the page. */

/** The element with this id; the page is fixed, so it is there. */
export function find(id) {
  return document.getElementById(id);
}

/** Sets a text, and touches nothing when it is the same: so that nothing is read out twice. */
export function setText(id, text) {
  const node = find(id);
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

/** Makes an element with text or children; `null` children are left out. */
export function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) {
    made.className = className;
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}
