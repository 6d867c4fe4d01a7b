-- How the server fares, in sentences: for :LspMidwordStatus and :checkhealth.

local M = {}

local STATES = {
  ready = 'is at work',
  loading = 'is loading its model; until then words come from the dictionary and your documents',
  degraded = 'is at work without its model: words come from the dictionary and your documents',
  paused = 'is off everywhere, by command',
}

local MODEL_STATES = {
  ready = 'is ready',
  loading = 'is being loaded',
  resting = 'rests until the next question',
  degraded = 'can’t be used',
}

-- Why a buffer gets no suggestions, by the server's `paused`.
local PAUSES = {
  file = 'It is off in this file, by command.',
  language = 'It is off in files of this language, by command.',
  everywhere = 'It is off everywhere, by command.',
  settings = 'It is off in this file, by your settings or the folder’s .midword.toml.',
  ['unknown language'] = 'It reads no files of this language.',
}

local DICTIONARIES = { personal = 'Your dictionary', project = 'The project’s dictionary' }

---"one word", "3 words"
local function count(number, noun)
  return number == 1 and 'one ' .. noun or ('%d %ss'):format(number, noun)
end

local function lines_of_model(model)
  local where = model.runtime and (' (%s on %s)'):format(model.runtime, model.device) or ''
  local state = MODEL_STATES[model.state] or model.state
  local is_loaded = model.state ~= 'degraded' and model.loadSeconds
  local took = is_loaded and (', loaded in %.1f s'):format(model.loadSeconds) or ''
  local lines = { ('The model "%s"%s %s%s.'):format(model.model or 'bundled', where, state, took) }
  if model.latencyMs then
    local within = 'Half of its lists come within %.1f ms, 95 of 100 within %.1f ms.'
    table.insert(lines, within:format(model.latencyMs.p50, model.latencyMs.p95))
  end
  local asked = model.cache and model.cache.hits + model.cache.misses or 0
  if asked > 0 then
    table.insert(lines, ('For %d of %s its answer was there already.'):format(model.cache.hits, count(asked, 'list')))
  end
  if model.message then
    table.insert(lines, model.message .. '.')
  end
  return lines
end

local function lines_of_folder(folder)
  local where = folder.path and 'In ' .. folder.path or 'In files outside of folders'
  local from = count(folder.words, 'word') .. ' of open documents'
  if folder.indexedFiles > 0 then
    from = ('%s of open documents and %s'):format(count(folder.words, 'word'), count(folder.indexedFiles, 'file'))
  end
  local lines = { ('%s it has learnt %s.'):format(where, from) }
  for _, scope in ipairs({ 'personal', 'project' }) do
    if folder.dictionaries[scope] then
      table.insert(lines, ('%s is %s.'):format(DICTIONARIES[scope], folder.dictionaries[scope]))
    end
  end
  return lines
end

---JSON's null, and what hangs below it, as Lua has it.
local function without_null(value)
  if type(value) ~= 'table' then
    return value ~= vim.NIL and value or nil
  end
  local clean = {}
  for key, inner in pairs(value) do
    clean[key] = without_null(inner)
  end
  return clean
end

---@param status table What `midword.status` answers.
---@return string[] Sentences, one a line.
function M.lines(status)
  status = without_null(status)
  local lines = { ('Midword %s %s.'):format(status.version, STATES[status.state] or status.state) }
  if status.paused and status.state ~= 'paused' then
    table.insert(lines, PAUSES[status.paused] or 'It is off in this file.')
  end
  for _, model in ipairs(status.models) do
    vim.list_extend(lines, lines_of_model(model))
  end
  local open = count(status.documents, 'document') .. (status.documents == 1 and ' is' or ' are')
  table.insert(lines, ('The server takes %.0f MB; %s open here.'):format(status.memoryMegabytes, open))
  for _, folder in ipairs(status.folders) do
    for _, line in ipairs(lines_of_folder(folder)) do
      if not vim.tbl_contains(lines, line) then -- folders have the writer's dictionary in common
        table.insert(lines, line)
      end
    end
  end
  return lines
end

return M
