"""Words from Midword without an editor: python headless.py "I would like to t| you."."""

import asyncio
import sys

from lsprotocol import types
from pygls.lsp.client import LanguageClient


async def words(text: str, position: types.Position) -> list[str]:
    """The words that a server offers at a position of a text, best first."""
    client = LanguageClient("headless", "1")
    ready = asyncio.Event()
    client.feature("midword/status")(lambda status: status.state == "ready" and ready.set())
    await client.start_io("midword", "serve", "--stdio")
    options = {"statusNotifications": True}
    await client.initialize_async(
        types.InitializeParams(types.ClientCapabilities(), initialization_options=options)
    )
    client.initialized(types.InitializedParams())
    document = types.TextDocumentItem("inmemory://text", "plaintext", 1, text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(document))
    await ready.wait()
    place = types.CompletionParams(types.TextDocumentIdentifier(document.uri), position)
    answer = await client.text_document_completion_async(place)
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()
    return [item.label for item in answer.items] if answer else []


if __name__ == "__main__":
    left, _, right = " ".join(sys.argv[1:]).partition("|")
    print("\n".join(asyncio.run(words(left + right, types.Position(0, len(left))))))
