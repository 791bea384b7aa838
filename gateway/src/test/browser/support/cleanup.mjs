// What was opened and has to be closed, whatever happens in between.

const opened = new Set();

/** Registers how to close something; it has to be harmless when it was closed already. */
export function closeLater(close) {
  opened.add(close);
}

/** Closes everything that was registered. */
export async function closeAll() {
  const closing = [...opened].map((close) => close());
  opened.clear();
  await Promise.all(closing);
}
