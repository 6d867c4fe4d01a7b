-- Midword: word suggestions while you write prose, from a model that reads both sides of the cursor.
--
--   pip install midword        (the server)
--   vim.lsp.enable('midword')  (all there is to do)
--
-- Settings go below `midword`, by the names in Midword's README:
--
--   vim.lsp.config('midword', { settings = { midword = { minLetters = 2 } } })

---@type vim.lsp.Config
return {
  cmd = { 'midword', 'serve', '--stdio' },
  filetypes = {
    'markdown',
    'text',
    'tex',
    'plaintex',
    'rst',
    'asciidoc',
    'typst',
    'org',
    'quarto',
    'gitcommit',
    'mail',
    'html',
  },
  root_markers = { '.midword.toml', '.git' },
  init_options = { statusNotifications = true },
  settings = { midword = vim.empty_dict() },
  on_exit = function(code, signal)
    require('midword.restart').on_exit(code, signal)
  end,
}
