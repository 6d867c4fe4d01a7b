;; What a writer does with Emacs and one of its clients, eglot or lsp-mode (MIDWORD_CLIENT), set up
;; by the lines of editors/README.md (the file MIDWORD_LINES); prints the text after each step.
;; MIDWORD_LEFT is what stands left of the cursor.

(package-initialize)
(require 'json)
(defvar midword-client (intern (getenv "MIDWORD_CLIENT")))
(require midword-client)
(load (getenv "MIDWORD_LINES") nil t t)

(defvar midword-wait 60 "Seconds to wait for the server.")

(defun midword-wait-for (what predicate)
  "Wait until PREDICATE answers; fail naming WHAT."
  (let ((end (+ (float-time) midword-wait)) value)
    (while (not (setq value (funcall predicate)))
      (when (> (float-time) end) (error "waited for %s" what))
      (accept-process-output nil 0.05))
    value))

(defun midword-connect ()
  "Start the client in this buffer."
  (pcase midword-client
    ('eglot
     (call-interactively #'eglot)
     (midword-wait-for "the connection" #'eglot-current-server))
    ('lsp-mode
     (lsp-workspace-folders-add default-directory)
     (lsp)
     (midword-wait-for "the connection"
                       (lambda () (seq-find (lambda (workspace)
                                              (eq (lsp--workspace-status workspace) 'initialized))
                                            (lsp-workspaces)))))))

(defun midword-completion ()
  "What the client offers at point, as `completion-at-point' hears it."
  (pcase midword-client
    ('eglot (eglot-completion-at-point))
    ('lsp-mode (lsp-completion-at-point))))

(defun midword-candidates ()
  "The words offered at point, best first."
  (pcase (midword-completion)
    (`(,start ,end ,table . ,_)
     (let* ((prefix (buffer-substring-no-properties start end))
            (words (completion-all-completions prefix table nil (length prefix)))
            (metadata (completion-metadata prefix table nil))
            (sort (or (completion-metadata-get metadata 'display-sort-function) #'identity)))
       (when (consp words)
         (when (last words) (setcdr (last words) nil))
         (mapcar #'substring-no-properties (funcall sort words)))))))

(defun midword-complete (word)
  "Replace what is typed at point by WORD, as `completion-at-point' does."
  (pcase (midword-completion)
    (`(,start ,end ,table . ,properties)
     (let* ((prefix (buffer-substring-no-properties start end))
            (candidate (seq-find (lambda (c) (equal c word)) (all-completions prefix table))))
       (delete-region start end)
       (insert candidate)
       (funcall (plist-get properties :exit-function) candidate 'finished)))))

(defun midword-hover ()
  "What the server says of the word at point."
  (pcase midword-client
    ('eglot
     (eglot--signal-textDocument/didChange)
     (let ((hover (jsonrpc-request (eglot--current-server-or-lose) :textDocument/hover
                                   (eglot--TextDocumentPositionParams))))
       (plist-get (plist-get hover :contents) :value)))
    ('lsp-mode
     (let ((hover (lsp-request "textDocument/hover" (lsp--text-document-position-params))))
       (lsp:markup-content-value (lsp:hover-contents hover))))))

(defun midword-report (name value)
  (princ (concat (json-encode (list (cons name value))) "\n")))

(find-file (expand-file-name "notes.txt" (getenv "MIDWORD_FOLDER")))
(text-mode)
(insert (getenv "MIDWORD_LEFT") " you for your letter.")
(save-buffer)
(midword-connect)
(search-backward " you for")
(insert "t")
;; While the model is being loaded, words come from the dictionary alone.
(midword-wait-for "the model's list" (lambda () (equal (car (midword-candidates)) "thank")))
(midword-complete "thank")
(midword-report "text" (buffer-string))

(erase-buffer)
(insert "She opened the window and walked into the house.")
(goto-char 16)
(midword-report "hover" (midword-hover))
(set-buffer-modified-p nil)
(kill-emacs 0)
