;;; e2e.el --- A user's session in Emacs, step by step; see run  -*- lexical-binding: t -*-

;; Ends Emacs with 0 if every step went well, else with 1.

(require 'cl-lib)
(require 'flymake)

(setq native-comp-deferred-compilation nil
      native-comp-async-report-warnings-errors nil) ; they take the window

(defvar client (getenv "CLIENT"))
(defvar root default-directory)
(defvar patience (string-to-number (or (getenv "ISTIO_MTLS_PATIENCE") "10")) "Seconds a step; more under sanitizers.")

(defun say (format &rest arguments)
  (write-region (concat (apply #'format format arguments) "\n") nil (getenv "REPORT") t 'quiet))

(defun wait-for (done)
  "Let Emacs be idle, as between two commands, until DONE says so; return what it said, nil if it never did."
  (let ((end (+ (float-time) patience)) result)
    (while (not (or (setq result (funcall done)) (> (float-time) end)))
      (run-at-time 0.8 nil (lambda () (push 'look unread-command-events))) ; clients wait for half a second of peace
      (recursive-edit))
    result))
(global-set-key [look] #'exit-recursive-edit) ; a key, which interrupts nothing

(defun path-of (name) (expand-file-name name root))

(defun buffer-of (name) (or (find-buffer-visiting (path-of name)) (error "%s is not open" name)))

(defun problems-of-eglot ()
  (mapcar (lambda (problem)
            (save-excursion
              (goto-char (flymake-diagnostic-beg problem))
              (let ((text (flymake-diagnostic-text problem)))
                (format "%d:%d-%d %s" (line-number-at-pos) (1+ (current-column))
                        (+ 1 (current-column) (- (flymake-diagnostic-end problem) (point)))
                        (if (string-match "\\(TIS\\|MTLS\\)[0-9]+" text) (match-string 0 text) text)))))
          (flymake-diagnostics)))

(defun problems-of-lsp-mode ()
  "From its own list: it tells Flymake of news only in the buffer that is current when they come."
  (mapcar (lambda (problem)
            (let* ((range (lsp-get problem :range)) (start (lsp-get range :start)) (end (lsp-get range :end)))
              (format "%d:%d-%d %s" (1+ (lsp-get start :line)) (1+ (lsp-get start :character))
                      (1+ (lsp-get end :character)) (lsp-get problem :code))))
          (lsp--get-buffer-diagnostics)))

(defun shown (name)
  "Each problem of the file as 'line:from-to CODE', counted from 1; the end is exclusive."
  (with-current-buffer (buffer-of name)
    (mapconcat #'identity
               (sort (if (equal client "eglot") (problems-of-eglot) (problems-of-lsp-mode)) #'string<)
               ", ")))

(defun expect-shown (&rest names-and-problems)
  (cl-loop for (name problems) on names-and-problems by #'cddr
           do (unless (wait-for (lambda () (equal (shown name) problems)))
                (error "%s: expected '%s', shown '%s'" name problems (shown name)))))

(defun line-of (name number)
  (with-current-buffer (buffer-of name)
    (save-excursion
      (goto-char (point-min))
      (forward-line (1- number))
      (buffer-substring-no-properties (point) (line-end-position)))))

(defun expect-line (name number text)
  (unless (equal (line-of name number) text)
    (error "%s:%d: expected '%s', found '%s'" name number text (line-of name number))))

(defun visit (name) (find-file (path-of name)))

(defun go-to (name line column)
  (visit name)
  (goto-char (point-min))
  (forward-line (1- line))
  (forward-char (1- column)))

(defun pick-fix (name line column title)
  "Move there and pick a quick fix from the menu, by its title."
  (go-to name line column)
  (cl-letf (((symbol-function 'completing-read)
             (lambda (_prompt items &rest _)
               (or (car (assoc title items)) (error "no '%s' in the menu: %s" title (mapcar #'car items)))))
            ((symbol-function 'y-or-n-p) #'always) ; Eglot asks before it changes a file that is not open
            (last-nonmenu-event ?x)) ; by key, not by mouse
    (call-interactively (if (equal client "eglot") #'eglot-code-actions #'lsp-execute-code-action))))

(defun hover-text ()
  "What the user sees of the hover; nil where there is none yet."
  (when-let ((buffer (if (equal client "eglot") eldoc--doc-buffer (get-buffer "*lsp-help*"))))
    (with-current-buffer buffer
      (cl-loop for at from (point-min) below (point-max)
               unless (invisible-p at) concat (string (char-after at))))))

(defun expect-hover (&rest words)
  "Ask what is under the cursor; the client shows the answer in a buffer of its own."
  (let* ((text "")
         (asked 0)
         (shown (lambda ()
                  (when (> (- (float-time) asked) 3) ; ElDoc drops an answer when something else comes between
                    (setq asked (float-time))
                    (call-interactively (if (equal client "eglot") #'eldoc #'lsp-describe-thing-at-point)))
                  (setq text (or (hover-text) ""))
                  (cl-every (lambda (word) (string-match-p (regexp-quote word) text)) words))))
    (unless (wait-for shown) (error "the hover is '%s'" text))))

(defvar policy "payments/policy.yaml")
(defvar rules "payments/rules.yaml")
(defvar mesh-policy "istio-system/policy.yaml")
(defvar mesh-rules "istio-system/rules.yaml")
(defvar edge-rule "edge/rule.yaml")
(defvar strict-shown "9:11-17 TIS0208")
(defvar plaintext-shown "22:13-20 TIS0208")

(defvar steps
  (list
   (cons "a file is opened: its problem is at its place"
         (lambda ()
           (visit policy)
           (expect-shown policy strict-shown)))
   (cons "the problem says what is wrong"
         (lambda ()
           (with-current-buffer (buffer-of policy)
             (let ((text (progn (wait-for #'flymake-diagnostics) (flymake-diagnostic-text (car (flymake-diagnostics))))))
               (cl-assert (string-match-p "DestinationRule payments/ledger sends plaintext" text) nil text)))))
   (cons "hover tells what clients send to the servers of a policy"
         (lambda ()
           (go-to policy 9 12)
           (apply #'expect-hover "payments/ledger" "calls fail"
                  (when (equal client "eglot") '("payments/rules.yaml:22"))) ; lsp-mode follows links
           (cl-assert (not (string-match-p "file://" (hover-text))) nil (hover-text))))
   (cons "the quick fix of TIS0208 changes the other file, which is open; it vanishes from both"
         (lambda ()
           (visit rules)
           (expect-shown rules plaintext-shown)
           (pick-fix policy 9 11 "Set DestinationRule payments/ledger to ISTIO_MUTUAL")
           (expect-shown policy "" rules "")
           (expect-line rules 22 "      mode: ISTIO_MUTUAL # TODO: put back")
           (expect-line policy 9 "    mode: STRICT")))
   (cons "undone, it is back in both; redone, gone"
         (lambda ()
           (with-current-buffer (buffer-of rules)
             (setq last-command nil)
             (undo-boundary)
             (undo-only)
             (expect-shown policy strict-shown rules plaintext-shown)
             (setq last-command 'undo)
             (undo-boundary)
             (undo-redo 1)
             (expect-shown policy "" rules ""))))
   (cons "the quick fix of TIS0503 changes a file that is not open; it vanishes from both"
         (lambda ()
           (visit mesh-rules)
           (expect-shown mesh-rules "11:13-25 TIS0503")
           (pick-fix mesh-rules 11 13 "Set PeerAuthentication istio-system/default to PERMISSIVE")
           (expect-shown mesh-policy "" mesh-rules "")
           (expect-line mesh-policy 10 "    mode: PERMISSIVE")))
   (cons "all is saved, and the command line agrees"
         (lambda ()
           (save-some-buffers t)
           (with-temp-buffer
             (setq default-directory root)
             (cl-assert (eql 0 (call-process "istio-mtls-ls" nil t nil "check")) nil (buffer-string)))))
   (cons "laid over a cluster, a file meets what runs there; the hover shows it"
         (lambda ()
           (when (equal client "eglot") ; lsp-mode has settings for it, and no commands
             (make-directory (path-of "edge") t)
             (visit edge-rule)
             (insert "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: a\n  namespace: edge\nspec:\n"
                     "  host: a\n  trafficPolicy:\n    tls:\n      mode: DISABLE\n")
             (save-buffer)
             (expect-shown edge-rule "")
             (istio-mtls-cluster "prod")
             (expect-shown edge-rule "10:13-20 TIS0208")
             (go-to edge-rule 10 13)
             (expect-hover "cluster prod" "mode: STRICT")
             (istio-mtls-refresh-cluster)
             (istio-mtls-cluster "none")
             (expect-shown edge-rule ""))))))

(defun run-steps ()
  (cl-loop for (name . step) in steps
           for number from 1
           do (condition-case problem
                  (progn (funcall step)
                         (say "ok %d - %s: %s" number client name))
                (error
                 (say "not ok %d - %s: %s\n    %s" number client name (error-message-string problem))
                 (say "%d passed, %d failed" (1- number) (- (length steps) number -1))
                 (kill-emacs 1))))
  (say "%d passed, 0 failed" (length steps)))

(defun start ()
  (package-initialize)
  (load (getenv "SETUP"))
  (when (equal client "lsp-mode")
    (require 'lsp-mode)
    (lsp-workspace-folders-add root)) ; what a user does once, when asked for the project's root
  (run-steps))

;; When the frame is there.
(add-hook 'window-setup-hook
          (lambda ()
            (condition-case problem (start)
              (error (say "    %s" (error-message-string problem)) (kill-emacs 1)))
            (kill-emacs 0)))
