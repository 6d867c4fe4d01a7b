---@brief
---
--- https://github.com/placeholder-owner/midword
---
--- Word suggestions for English prose, from a model that reads both sides of the cursor.
---
--- ```sh
--- pip install midword
--- ```
---
--- All windows share one server; `cmd = { 'midword', 'serve', '--stdio' }` is one of Neovim's own.
---
--- Settings go below `midword`, by the names in Midword's README:
---
--- ```lua
--- vim.lsp.config('midword', { settings = { midword = { minLetters = 2 } } })
--- ```

---@type vim.lsp.Config
return {
  cmd = { 'midword', 'connect' },
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
}
