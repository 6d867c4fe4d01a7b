-- What becomes of a word taken from one of Neovim's own popups, whoever fills it: Neovim's
-- completion, 'omnifunc', mini.completion. The letters right of the cursor that it replaces go, and
-- it is an undo step of its own, apart from what is typed before it and after it.

local M = {}

local function key(name)
  return vim.api.nvim_replace_termcodes(name, true, true, true)
end

-- Of the keys that are no letters, those that change the text in insert mode.
local CHANGES = {}
local names = '<BS> <C-h> <Del> <CR> <NL> <Tab> <C-w> <C-u> <C-k> <C-v> <C-q> <C-r> <C-a> <C-t> <C-d>'
for name in names:gmatch('%S+') do
  CHANGES[key(name)] = true
end
local MOST_LEVELS = 5 -- of tables, in which a plugin may keep the server's item

---@type { row: integer, column: integer, line: string }? The cursor's line before a word was chosen.
local before = nil
local last_key = ''
---@type boolean A word was taken: the next change begins an undo step.
local taken = false

---Whether a key is one of these, or a letter: no control character, and none of the keys without a
---character, which begin with the byte 128.
---@param pressed string
local function changes_text(pressed)
  return CHANGES[pressed] or pressed:match('^[^%c\128]') ~= nil
end

---The item of Midword's server in what a plugin keeps with a word, if it comes from there.
---@return lsp.CompletionItem?
local function item_in(kept, levels)
  if type(kept) ~= 'table' or levels == 0 then
    return nil
  end
  if type(vim.tbl_get(kept, 'data', 'rest')) == 'string' then
    return kept
  end
  for _, value in pairs(kept) do
    local item = item_in(value, levels - 1)
    if item then
      return item
    end
  end
end

---@param row integer From 0.
local function replace(row, first, last, text)
  vim.api.nvim_buf_set_text(0, row, first, row, last, { text })
end

---Ends the undo step here, in insert mode.
---@param row integer From 0.
local function split_undo(row)
  vim.bo.undolevels = vim.bo.undolevels -- ends the step, as :help undo-break says
  -- Insert mode keeps a line as it was when it was entered; an edit of nothing has it kept anew.
  replace(row, 0, 0, '')
end

---Keeps the line as it is while nothing is chosen yet.
local function on_list()
  if before and next(vim.v.event.completed_item) then
    return
  end
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  before = { row = row - 1, column = column, line = vim.api.nvim_get_current_line() }
end

---Puts the letters that were typed back for a moment, and the undo step's end between them and the word.
local function split_before(row, start, column, word)
  local line = vim.api.nvim_get_current_line()
  if not before or before.row ~= row or before.line:sub(1, start) ~= line:sub(1, start) then
    return
  end
  local typed = before.line:sub(start + 1, before.column)
  if typed ~= word then
    replace(row, start, column, typed)
    split_undo(row)
    replace(row, start, start + #typed, word)
    vim.api.nvim_win_set_cursor(0, { row + 1, column })
  end
end

---The list is closed: by <C-y>, or by a key that leaves the chosen word in the text.
local function on_closed()
  local word = vim.v.completed_item.word or ''
  local item = item_in(vim.v.completed_item.user_data, MOST_LEVELS)
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  row = row - 1
  local start = column - #word
  local line = vim.api.nvim_get_current_line()
  if item and word ~= '' and line:sub(start + 1, column) == word then
    split_before(row, start, column, word)
    -- Neovim inserts at the cursor, and leaves what the item's edit would replace beyond it.
    if vim.startswith(line:sub(column + 1), item.data.rest) then
      replace(row, column, column + #item.data.rest, '')
    end
    taken = true
    M.on_key(last_key) -- where it closed the list, it comes into the text only now
  end
  before = nil
end

---@param pressed string
function M.on_key(pressed)
  last_key = pressed
  if taken and changes_text(pressed) and vim.startswith(vim.api.nvim_get_mode().mode, 'i') then
    taken = false
    split_undo(vim.api.nvim_win_get_cursor(0)[1] - 1)
  end
end

---Looks after the words that are taken in a buffer.
---@param buffer integer
function M.watch(buffer)
  vim.on_key(M.on_key, vim.api.nvim_create_namespace('midword_accepted'))
  local group = vim.api.nvim_create_augroup('midword_accepted_' .. buffer, {})
  local function on(event, callback)
    vim.api.nvim_create_autocmd(event, { group = group, buffer = buffer, callback = callback })
  end
  on('CompleteChanged', on_list)
  on('CompleteDone', on_closed)
  on('InsertLeave', function()
    before, taken = nil, false
  end)
end

return M
