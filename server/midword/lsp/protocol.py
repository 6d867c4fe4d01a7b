"""JSON-RPC as this server speaks it, on top of pygls.

It differs from pygls where a server of words needs it to:

- A handler may return its answer at once or a coroutine. What it reads before it returns is the
  state at the request's arrival; pygls would start a coroutine only after later changes were
  applied. Answers that are ready cost no task.
- A newer request for the same method and document overtakes the one that still waits.
- Messages that can't be understood are answered with the error that the specification names.
- Nothing is logged but methods and types of errors.
- Documents are our own (see `documents`); pygls's copies of them are never made.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import json
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any
from typing import Protocol as Interface

from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInternalError,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcMethodNotFound,
    JsonRpcParseError,
    JsonRpcRequestCancelled,
    JsonRpcServerNotInitialized,
)
from pygls.protocol import LanguageServerProtocol, lsp_method

from midword.logs import logger, outline
from midword.lsp import messages
from midword.lsp.documents import Documents
from midword.lsp.notebooks import Notebooks
from midword.lsp.wire import UnreadError

MessageId = str | int

# Requests of which only the newest for a document matters: each is about where the cursor is.
_ONLY_NEWEST = {
    types.TEXT_DOCUMENT_COMPLETION,
    types.TEXT_DOCUMENT_INLINE_COMPLETION,
    types.TEXT_DOCUMENT_HOVER,
    types.TEXT_DOCUMENT_CODE_ACTION,
}


class Conversation(Interface):
    """Whose messages these are: a session, as far as this needs it."""

    documents: Documents
    notebooks: Notebooks

    def write(self, body: bytes) -> None:
        """Send one message."""

    def stop(self, code: int) -> None:
        """End, with an exit code."""

    def client_left(self) -> None:
        """The connection is gone."""


class Protocol(LanguageServerProtocol):
    """One connection's messages, in and out."""

    _server: Conversation  # type: ignore[assignment]
    initialized = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Requests of the client's that wait for their answer. pygls keeps them together with ours
        # to the client, whose ids may be the same.
        self._asked: dict[MessageId, asyncio.Future[Any]] = {}
        self._newest: dict[tuple[str, str], asyncio.Future[Any]] = {}
        self._overtaken: set[asyncio.Future[Any]] = set()
        self._cancelled: set[asyncio.Future[Any]] = set()  # by the client, and not over yet

    @property
    def is_shut_down(self) -> bool:
        """Whether the client asked to shut down."""
        return bool(self._shutdown)

    def close(self) -> None:
        """Drop what is being answered or asked; nothing is said any more."""
        for question in list(self._request_futures.values()):
            question.cancel()
        for answer in list(self._asked.values()):
            answer.cancel()
        self._request_futures.clear()
        self._asked.clear()
        self._newest.clear()
        self._overtaken.clear()
        self._cancelled.clear()

    # Messages in.

    def receive(self, body: bytes) -> None:
        """Read one message and act on it; never raises."""
        try:
            message = messages.read(body)
        except ValueError:
            self._refuse(None, JsonRpcParseError("the message is not JSON"))
            return
        try:
            self._take(message)
        except Exception as error:
            logger.error("can't handle a message: %s", outline(error))

    def refuse_frame(self, reason: str) -> None:
        """Tell the client that what it sent is no message."""
        self._refuse(None, JsonRpcParseError(reason))

    def _take(self, message: Any) -> None:
        if not isinstance(message, dict) or message.get("jsonrpc") != self.VERSION:
            msg_id = message.get("id") if isinstance(message, dict) else None
            self._refuse(msg_id, JsonRpcInvalidRequest("the message is not JSON-RPC 2.0"))
        elif "method" not in message:
            self._take_response(message)
        elif not isinstance(message["method"], str):
            self._refuse(message.get("id"), JsonRpcInvalidRequest("`method` is not a string"))
        elif "id" in message:
            self._take_request(message)
        else:
            self._take_notification(message)

    def _take_request(self, message: dict[str, Any]) -> None:
        msg_id, method = message["id"], message["method"]
        if not isinstance(msg_id, str | int) or isinstance(msg_id, bool):
            self._refuse(None, JsonRpcInvalidRequest("`id` is not a number or string"))
        elif self._shutdown:
            self._refuse(msg_id, JsonRpcInvalidRequest("the server is shutting down"))
        elif not self.initialized and method != types.INITIALIZE:
            self._refuse(msg_id, JsonRpcServerNotInitialized("`initialize` comes first"))
        elif self.initialized and method == types.INITIALIZE:
            self._refuse(msg_id, JsonRpcInvalidRequest("`initialize` comes once"))
        elif not self._is_known(method):
            self._refuse(msg_id, JsonRpcMethodNotFound(f"there is no method {method[:100]}"))
        else:
            try:
                request = self.structure_message(message)
                params = request.params
            except (JsonRpcException, AttributeError, TypeError):
                self._refuse(msg_id, JsonRpcInvalidParams(f"`params` are not those of {method}"))
                return
            self.initialized = True
            logger.debug("request %s", method)
            contextvars.copy_context().run(self._handle_request, msg_id, method, params)

    def _take_notification(self, message: dict[str, Any]) -> None:
        method = message["method"]
        if method != types.EXIT and (self._shutdown or not self.initialized):
            return
        if method != types.CANCEL_REQUEST and not self._is_known(method):
            return
        try:
            notification = self.structure_message(message)
            params = getattr(notification, "params", None)
        except (JsonRpcException, AttributeError, TypeError):
            logger.warning("ignored %s: its params are not understood", method)
            if method in (types.TEXT_DOCUMENT_DID_CHANGE, types.NOTEBOOK_DOCUMENT_DID_CHANGE):
                self._server.documents.lose(messages.uri_in(message))
            return
        if method == types.CANCEL_REQUEST:
            self._cancel(params.id)  # type: ignore[union-attr]
            return
        contextvars.copy_context().run(self._handle_notification, method, params)

    def _is_known(self, method: str) -> bool:
        return method in self.fm.builtin_features or method in self.fm.features

    def _take_response(self, message: dict[str, Any]) -> None:
        msg_id = message.get("id")
        if not isinstance(msg_id, str | int) or msg_id not in self._request_futures:
            return
        future = self._request_futures.pop(msg_id)
        if not future.set_running_or_notify_cancel():
            self._result_types.pop(msg_id, None)
            return
        try:
            response = self.structure_message(message)
        except JsonRpcException as error:
            self._result_types.pop(msg_id, None)
            future.set_exception(error)
            return
        failure = getattr(response, "error", None)
        if failure is not None:
            future.set_exception(JsonRpcException.from_error(failure))
        else:
            future.set_result(getattr(response, "result", None))

    def _execute_handler(
        self,
        msg_id: MessageId,
        handler: Callable[..., Any],
        callback: Callable[[Any], None],
        args: tuple[Any, ...] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        if inspect.isgeneratorfunction(handler):  # pygls's own handlers
            super()._execute_handler(msg_id, handler, callback, args, kwargs)
            return
        done: Future[Any] = Future()
        try:
            result = handler(*(args or ()), **(kwargs or {}))
        except Exception as error:
            done.set_exception(error)
            callback(done)
            return
        if inspect.isawaitable(result):
            task = asyncio.ensure_future(result)
            self._asked[msg_id] = task
            task.add_done_callback(lambda t: self._answered(msg_id, t))
            self._overtake(task, args)
            task.add_done_callback(callback)
        else:
            done.set_result(result)
            callback(done)

    def _cancel(self, msg_id: Any) -> None:
        if isinstance(msg_id, str | int) and (task := self._asked.get(msg_id)) is not None:
            # Not over yet, and a newer request often stands behind this in one read.
            self._cancelled.add(task)
            task.cancel()

    def _answered(self, msg_id: MessageId, task: asyncio.Future[Any]) -> None:
        self._cancelled.discard(task)
        if self._asked.get(msg_id) is task:  # another one's, where an id comes twice
            del self._asked[msg_id]

    def _overtake(self, task: asyncio.Future[Any], args: tuple[Any, ...] | None) -> None:
        """Drop the request that this one makes stale, if it still waits."""
        params = args[0] if args else None
        kind = _METHOD_OF_PARAMS.get(type(params))
        if kind is None:
            return
        key = (kind, params.text_document.uri)  # type: ignore[union-attr]
        previous = self._newest.get(key)
        if previous is not None and not previous.done() and previous not in self._cancelled:
            self._overtaken.add(previous)
            previous.cancel()
        self._newest[key] = task
        task.add_done_callback(lambda t: self._forget(key, t))

    def _forget(self, key: tuple[str, str], task: asyncio.Future[Any]) -> None:
        if self._newest.get(key) is task:
            del self._newest[key]

    # Messages out.

    def _send_handler_result(self, future: Any, *, msg_id: MessageId) -> None:
        if self._request_futures.get(msg_id) is future:  # pygls's own handlers
            del self._request_futures[msg_id]
        if future.cancelled():
            if future in self._overtaken:
                self._overtaken.discard(future)
                code, reason = types.LSPErrorCodes.ContentModified, "a newer request came"
            else:
                code, reason = types.LSPErrorCodes.RequestCancelled, "cancelled"
            self._send_response(msg_id, error=types.ResponseError(code=code, message=reason))
            return
        error = future.exception()
        if error is None:
            self._send_response(msg_id, result=future.result())
        elif isinstance(error, JsonRpcException):
            self._refuse(msg_id, error)
        elif isinstance(error, asyncio.CancelledError):
            self._refuse(msg_id, JsonRpcRequestCancelled("cancelled"))
        else:
            logger.error("a request failed: %s", outline(error))
            self._refuse(msg_id, JsonRpcInternalError(f"internal error: {type(error).__name__}"))

    def _send_response(
        self,
        msg_id: MessageId,
        result: Any | None = None,
        error: types.ResponseError | None = None,
    ) -> None:
        if error is None and isinstance(result, dict):  # made for the wire already
            self._result_types.pop(msg_id, None)
            self._send_data({"jsonrpc": self.VERSION, "id": msg_id, "result": result})
        else:
            super()._send_response(msg_id, result, error)

    def _check_handler_result(self, future: Any) -> None:
        if not future.cancelled() and (error := future.exception()) is not None:
            logger.error("a notification failed: %s", outline(error))

    def _refuse(self, msg_id: Any, error: JsonRpcException) -> None:
        if msg_id is not None and not isinstance(msg_id, str | int):
            msg_id = None
        answer = {"code": error.code, "message": error.message}
        self._send_data({"jsonrpc": self.VERSION, "id": msg_id, "error": answer})

    def _send_data(self, data: Any) -> None:
        # ASCII by escapes: lone surrogates, which no UTF-8 can hold, pass through unharmed.
        body = json.dumps(data, default=self._serialize_message, separators=(",", ":"))
        try:
            self._server.write(body.encode("ascii"))
        except UnreadError:
            logger.warning("left a client that doesn't read what it is sent")
            self._server.stop(1)
        except OSError:
            self._server.client_left()

    # pygls caches these two with `self` as a part of the key, which keeps whole sessions alive.

    def get_message_type(self, method: str) -> type[Any] | None:  # type: ignore[override]
        """The class of a method's messages."""
        return types.METHOD_TO_TYPES.get(method, (None,))[0]

    def get_result_type(self, method: str) -> type[Any] | None:  # type: ignore[override]
        """The class of a method's answers."""
        return types.METHOD_TO_TYPES.get(method, (None, None))[1]

    # What pygls does with its own workspace or by leaving the process.

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_: Any) -> None:  # type: ignore[override]
        """Leave; the exit code says whether the client asked to shut down first."""
        self._server.stop(0 if self._shutdown else 1)

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """Take a document over from the file."""
        self._server.documents.open(params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Edit a document."""
        self._server.documents.change(params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        """Give a document back to the file."""
        self._server.documents.close(params)

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    def lsp_notebook_document__did_open(self, params: types.DidOpenNotebookDocumentParams) -> None:
        """Take a notebook's cells over from the file."""
        self._server.notebooks.open(params)

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def lsp_notebook_document__did_change(
        self, params: types.DidChangeNotebookDocumentParams
    ) -> None:
        """Edit a notebook."""
        self._server.notebooks.change(params)

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def lsp_notebook_document__did_close(
        self, params: types.DidCloseNotebookDocumentParams
    ) -> None:
        """Give a notebook back to the file."""
        self._server.notebooks.close(params)


_METHOD_OF_PARAMS: dict[type, str] = {types.METHOD_TO_TYPES[m][2]: m for m in _ONLY_NEWEST}  # type: ignore[misc]
