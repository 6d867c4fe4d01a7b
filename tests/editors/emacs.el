;; What a writer does with Emacs and eglot; prints the buffer's text after each step.
;; The configuration is the one in editors/README.md.

(package-initialize)
(require 'eglot)
(require 'json)

(add-to-list 'eglot-server-programs
             '((markdown-mode text-mode) . ("midword" "serve" "--stdio")))

(defvar midword-wait 60 "Seconds to wait for the server.")

(defun midword-wait-for (what predicate)
  "Wait until PREDICATE answers; fail naming WHAT."
  (let ((end (+ (float-time) midword-wait)) value)
    (while (not (setq value (funcall predicate)))
      (when (> (float-time) end) (error "waited for %s" what))
      (accept-process-output nil 0.05))
    value))

(defun midword-candidates ()
  "The words offered at point, best first."
  (pcase (eglot-completion-at-point)
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
  (pcase (eglot-completion-at-point)
    (`(,start ,end ,table . ,properties)
     (let ((candidate (seq-find (lambda (c) (equal c word)) (all-completions "" table))))
       (delete-region start end)
       (insert candidate)
       (funcall (plist-get properties :exit-function) candidate 'finished)))))

(defun midword-report (name value)
  (princ (concat (json-encode (list (cons name value))) "\n")))

(let* ((folder (getenv "MIDWORD_FOLDER")))
  (find-file (expand-file-name "notes.txt" folder))
  (text-mode)
  (insert "Grüße 😀: the committee will meet on Tuesday to ")
  (save-buffer)
  (call-interactively #'eglot)
  (midword-wait-for "the connection" #'eglot-current-server)
  (insert "dis")
  ;; While the model is being loaded, words come from the dictionary alone.
  (midword-wait-for "the model's list" (lambda () (equal (car (midword-candidates)) "discuss")))
  (midword-complete "discuss")
  (midword-report "text" (buffer-string))

  (erase-buffer)
  (insert "She opened the window and walked into the house.")
  (goto-char 16)
  (eglot--signal-textDocument/didChange)
  (let ((hover (jsonrpc-request (eglot--current-server-or-lose) :textDocument/hover
                                (eglot--TextDocumentPositionParams))))
    (midword-report "hover" (plist-get (plist-get hover :contents) :value)))
  (set-buffer-modified-p nil)
  (kill-emacs 0))
