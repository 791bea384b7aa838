/**
 * The button of `./parley demo --redis`, there only at the address that it opens: kills the gateway that the page is
 * connected to. What answers it is the demo's balancer; a gateway knows nothing of it.
 */

import { find, setText } from './dom.js';

let gateway = null;

if (new URLSearchParams(location.search).has('demo')) {
  find('demo-kill').addEventListener('click', () => {
    find('demo-kill').disabled = true;
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    new WebSocket(`${scheme}://${location.host}/demo/kill/${encodeURIComponent(gateway)}`);
  });
}

/** The page is connected to the gateway of that name. */
export function connectedTo(name) {
  if (new URLSearchParams(location.search).has('demo')) {
    gateway = name;
    setText('demo-gateway', name);
    find('demo-kill').hidden = false;
    find('demo-kill').disabled = false;
  }
}
