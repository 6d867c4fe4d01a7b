"""A language server as one would write it in an afternoon: pygls around `pipeline("fill-mask")`.

What `bench_daemon.py` compares with. Each request masks the word at the cursor, reads the 64 tokens
around it, and filters the hundred likeliest words by what is typed.
"""

import sys

import torch
import transformers
from lsprotocol import types
from pygls.lsp.server import LanguageServer

torch.set_num_threads(1)
pipeline = transformers.pipeline(
    "fill-mask", model=sys.argv[1], device="cpu", dtype=torch.float32, top_k=100
)
server = LanguageServer(
    "naive", "1", text_document_sync_kind=types.TextDocumentSyncKind.Incremental
)


@server.feature(types.TEXT_DOCUMENT_COMPLETION)
def complete(ls: LanguageServer, params: types.CompletionParams) -> types.CompletionList:
    document = ls.workspace.get_text_document(params.text_document.uri)
    offset = document.offset_at_position(params.position)
    text = document.source
    start = offset
    while start and text[start - 1].isalpha():
        start -= 1
    prefix = text[start:offset].lower()
    masked = f"{text[max(0, start - 200) : start]}{pipeline.tokenizer.mask_token}"
    found = [w["token_str"] for w in pipeline(masked) if w["token_str"].startswith(prefix)]
    return types.CompletionList(True, [types.CompletionItem(word) for word in found[:10]])


server.start_io()
