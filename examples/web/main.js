// A page with CodeMirror that gets its words from Midword over a WebSocket:
//
//     midword serve --ws 127.0.0.1:8765 --token-file FILE
//
// then build this folder (npm install && npm run build) and serve it from this machine,
// whose pages alone Midword lets in: python -m http.server --bind 127.0.0.1 8000

import { markdown } from "@codemirror/lang-markdown";
import { hoverTooltips, LSPClient, serverCompletion } from "@codemirror/lsp-client";
import { keymap, placeholder } from "@codemirror/view";
import { acceptCompletion } from "@codemirror/autocomplete";
import { basicSetup, EditorView } from "codemirror";

/** A transport that keeps what is sent before the socket is open. */
function webSocketTransport(url) {
  const socket = new WebSocket(url);
  const opened = new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
  const listeners = new Map();
  return {
    send: (message) => void opened.then(() => socket.send(message)),
    subscribe(handler) {
      const listener = (event) => handler(event.data);
      listeners.set(handler, listener);
      socket.addEventListener("message", listener);
    },
    unsubscribe(handler) {
      socket.removeEventListener("message", listeners.get(handler));
      listeners.delete(handler);
    },
  };
}

const address = new URLSearchParams(location.search);
const port = address.get("port") ?? "8765";
// Asked for once a tab: a browser keeps addresses in its history for longer.
const token =
  address.get("token") ?? sessionStorage.getItem("token") ?? prompt("The token in Midword's token file:") ?? "";
sessionStorage.setItem("token", token);
const client = new LSPClient({
  extensions: [serverCompletion({ override: true }), hoverTooltips()],
}).connect(webSocketTransport(`ws://127.0.0.1:${port}/?token=${encodeURIComponent(token)}`));

new EditorView({
  parent: document.querySelector("main"),
  extensions: [
    keymap.of([{ key: "Tab", run: acceptCompletion }]), // before basicSetup: Tab takes a word
    basicSetup,
    markdown(),
    EditorView.lineWrapping,
    placeholder("Write …"),
    client.plugin("inmemory://page/text.md", "markdown"),
  ],
});
