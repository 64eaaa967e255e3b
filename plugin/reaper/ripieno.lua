-- ripieno: add the missing voices. An action for REAPER 6 and 7.
-- Select a melody, a MIDI item, and run this: alto, tenor and bass come on tracks of their own. Several items may be
-- selected; what voice an item is, the name of its track says (Soprano, Alto, Tenor, Bass), and a track with another
-- name is the soprano. `ripieno serve` must run on this computer.

local COMMAND = "ripieno osc" -- with the folder of ripieno where REAPER does not find it
local VOICES = { [0] = "Soprano", "Alto", "Tenor", "Bass" }
local COLOURS = { [0] = { 0xd1, 0x49, 0x5b }, { 0xed, 0xae, 0x49 }, { 0x66, 0xa1, 0x82 }, { 0x2e, 0x6f, 0x95 } }
local SYNTH = "ReaSynth" -- of new tracks, where the melody's track has no instrument
local TITLE = "ripieno"
local SECTION, SETTINGS = "ripieno", "settings" -- where REAPER remembers the settings
local TINY = 1e-4 -- quarters; what is closer together is at one place
local PATIENCE, LITTLE_PATIENCE = 20, 5 -- seconds until the command has begun; where REAPER says that it has not
local ESCAPE, CLOSED = 27, -1

local project = reaper.EnumProjects (-1)

-- An error for the musician is a table, so that a fault of this script keeps its line.
local function refuse (text) error ({ text = text }, 0) end

local function round (number) return math.floor (number + 0.5) end

-- The timeline: quarters from its beginning. REAPER's other count of quarters, in which a short measure is as long as
-- a whole one, is not used; so all that is asked of REAPER goes through seconds.

local function quarters (time) return reaper.TimeMap_timeToQN_abs (project, time) end

local function seconds (quarter) return reaper.TimeMap_QNToTime_abs (project, quarter) end

-- The number of the measure as the ruler shows it.
local function shown_measure (quarter)
	return reaper.format_timestr_pos (seconds (quarter + TINY), "", 2):match ("^-?%d+")
end

-- The measures between two places: where each begins, how long it is and ought to be, and its meter.
local function measures_between (first, last)
	local function number_at (quarter)
		local _, number = reaper.TimeMap2_timeToBeats (project, seconds (quarter))
		return number
	end
	local measures = {}
	for number = number_at (first + TINY), number_at (last - TINY) do
		local time, _, _, count, unit = reaper.TimeMap_GetMeasureInfo (project, number)
		local start, stop = quarters (time), quarters ((reaper.TimeMap_GetMeasureInfo (project, number + 1)))
		measures[#measures + 1] = {
			start = start,
			length = stop - start,
			full = count * 4 / unit,
			meter = string.format ("%d/%d", count, unit),
		}
	end
	return measures
end

-- The meter of these measures, which must be one; but the first and the last may be shorter, as a pickup is.
local function meter_of (measures)
	local model = measures[math.min (2, #measures)]
	if #measures == 2 and measures[1].length > model.length then model = measures[1] end
	for index, measure in ipairs (measures) do
		local shorter = measure.length < model.full - TINY
		local at_an_end = index == 1 or index == #measures
		if measure.meter ~= model.meter and not (shorter and at_an_end) then
			local before, after = model.meter, measure.meter
			if index == 1 then before, after, measure = after, before, measures[2] end
			refuse (string.format ("The time signature changes from %s to %s in measure %s, under the selected items; " ..
				"split them there and do one part after the other.", before, after, shown_measure (measure.start)))
		elseif shorter and not at_an_end then
			refuse (string.format ("Measure %s is shorter than %s, under the selected items; split them there and do " ..
				"one part after the other.", shown_measure (measure.start), measure.meter))
		end
	end
	return model
end

-- What is given: the selected items. -------------------------------------------------------------------------------

local function selected_items ()
	local items = {}
	for index = 0, reaper.CountSelectedMediaItems (project) - 1 do
		local item = reaper.GetSelectedMediaItem (project, index)
		local take = reaper.GetActiveTake (item)
		if take and reaper.TakeIsMIDI (take) then items[#items + 1] = item end
	end
	if #items == 0 then refuse ("Select a MIDI item with a melody first.") end
	return items
end

local function voice_of (track)
	local _, name = reaper.GetTrackName (track)
	for voice = 0, 3 do
		if name:lower ():find (VOICES[voice]:lower (), 1, true) then return voice end
	end
	return 0
end

-- After how many quarters an item begins again; nil where it does not.
local function loop_length (item, take)
	if reaper.GetMediaItemInfo_Value (item, "B_LOOPSRC") == 0 then return nil end
	local length, in_quarters = reaper.GetMediaSourceLength (reaper.GetMediaItemTake_Source (take))
	length = length / reaper.GetMediaItemTakeInfo_Value (take, "D_PLAYRATE")
	if not in_quarters then
		local position = reaper.GetMediaItemInfo_Value (item, "D_POSITION")
		length = quarters (position + length) - quarters (position)
	end
	if length > TINY then return length end
end

-- The notes that sound in an item, as often as it repeats them.
local function notes_of (item)
	local take, voice = reaper.GetActiveTake (item), voice_of (reaper.GetMediaItem_Track (item))
	local position = reaper.GetMediaItemInfo_Value (item, "D_POSITION")
	local from, to = quarters (position), quarters (position + reaper.GetMediaItemInfo_Value (item, "D_LENGTH"))
	local function place (ticks) return quarters (reaper.MIDI_GetProjTimeFromPPQPos (take, ticks)) end
	local loop, source = loop_length (item, take), place (0)
	local first_time, last_time, source_end = 0, 0, math.huge
	if loop then
		first_time, last_time = math.floor ((from - source) / loop), math.floor ((to - source) / loop)
		source_end = source + loop
	end
	local notes = {}
	local _, count = reaper.MIDI_CountEvts (take)
	for index = 0, count - 1 do
		local _, _, muted, start, stop, _, pitch, velocity = reaper.MIDI_GetNote (take, index)
		start, stop = place (start), math.min (place (stop), source_end)
		for time = first_time, last_time do
			local shift = loop and time * loop or 0
			local sounds = start < source_end - TINY and start + shift > from - TINY and start + shift < to - TINY
			if sounds and not muted then
				notes[#notes + 1] = {
					voice = voice, pitch = pitch, velocity = velocity,
					start = start + shift, stop = math.min (stop + shift, to),
				}
			end
		end
	end
	return notes
end

local function all_notes (items)
	local notes = {}
	for _, item in ipairs (items) do for _, note in ipairs (notes_of (item)) do notes[#notes + 1] = note end end
	if #notes == 0 then refuse ("There are no notes in the selected item that sound.") end
	return notes
end

-- ripieno: Lua has no sockets here, so the command talks to the server. REAPER stands still while it waits for a
-- command, so it does not: the messages go into a file, the answer grows in another one, and a small window shows how
-- far it is. Removing the messages makes the command end, and the server stops.

local function read_file (path)
	local file = io.open (path, "r")
	if not file then return nil end
	local text = file:read ("a")
	file:close ()
	return text
end

local Question = {}
Question.__index = Question

function Question.new (messages)
	local name = string.format ("%s/ripieno-%d", reaper.GetResourcePath (), round (reaper.time_precise () * 1000))
	local self = setmetatable ({ sent = name .. "-messages.txt", came = name .. "-answer.txt" }, Question)
	self.begun = reaper.time_precise ()
	os.remove (self.came)
	local file, fault = io.open (self.sent, "w")
	if not file then refuse ("The messages to ripieno could not be written: " .. fault) end
	file:write (table.concat (messages, "\n"), "\n")
	file:close ()
	local started = reaper.ExecProcess (string.format ('%s "%s" --answer "%s"', COMMAND, self.sent, self.came), -2)
	self.patience = started and PATIENCE or LITTLE_PATIENCE
	return self
end

-- The messages first: what the command has still open it removes itself.
function Question:finish ()
	os.remove (self.sent)
	os.remove (self.came)
end

-- The lines of the answer, nil while it is not all there; and how far ripieno is, from 0 to 1.
function Question:answer ()
	local text = read_file (self.came)
	if not text and reaper.time_precise () - self.begun > self.patience then
		refuse ("The command " .. COMMAND .. " could not be run. Type `ripieno install-plugin reaper` in a terminal.")
	end
	local lines, progress = {}, 0
	for line in (text or ""):gmatch ("([^\n]*)\n") do
		lines[#lines + 1] = line
		progress = tonumber (line:match ("^progress (%S+)")) or progress
	end
	local last = lines[#lines] or ""
	local fault = last:match ("^ripieno: (.*)")
	if fault then refuse (fault) end
	if last:find ("^done ") or last:find ("^cancelled") then return lines, 1 end
	return nil, progress
end

local function messages_for (notes, meter, pickup, barline, settings)
	local messages = { "set meter " .. meter }
	if pickup > 0 then messages[2] = string.format ("set pickup %.6f", pickup) end
	for setting in settings:gmatch ("[^;\n]+") do
		if setting:find ("%S") then messages[#messages + 1] = "set " .. setting end
	end
	for _, note in ipairs (notes) do
		messages[#messages + 1] = string.format ("notes %d %d %.6f %.6f %d",
			note.voice, note.pitch, note.start - barline, note.stop - note.start, note.velocity)
	end
	messages[#messages + 1] = "harmonize " .. #notes
	return messages
end

-- The notes of each new voice, the seed, and what else ripieno says.
local function parse (lines)
	local voices, seed, remarks = {}, "", {}
	for _, line in ipairs (lines) do
		local name, rest = line:match ("^(%S+) ?(.*)")
		if name == "result" and rest:find ("^1 ") then
			for voice, pitch, start, duration in rest:sub (3):gmatch ("(%S+) (%S+) (%S+) (%S+) %S+") do
				voice = math.tointeger (tonumber (voice))
				voices[voice] = voices[voice] or {}
				table.insert (voices[voice], {
					pitch = math.tointeger (tonumber (pitch)), start = tonumber (start),
					stop = tonumber (start) + tonumber (duration),
				})
			end
		elseif name == "understood" or name == "remark" then
			remarks[#remarks + 1] = rest
		elseif name == "done" then
			local complete
			seed, complete = rest:match ("^%S+ %S+ (%S+) (%S+)")
			remarks[#remarks + 1] = "seed " .. seed
			if complete == "0" then remarks[#remarks + 1] = "the deadline came first; the later measures are missing" end
		end
	end
	return voices, seed, table.concat (remarks, "\n")
end

-- What is written: new items, on tracks of their own. --------------------------------------------------------------

local function track_named (name)
	for index = 0, reaper.CountTracks (project) - 1 do
		local track = reaper.GetTrack (project, index)
		local _, its_name = reaper.GetTrackName (track)
		if its_name == name then return track end
	end
end

-- A new track below another one, which sounds as that does.
local function new_track (voice, melody_track, index)
	reaper.InsertTrackAtIndex (index, false)
	local track = reaper.GetTrack (project, index)
	reaper.GetSetMediaTrackInfo_String (track, "P_NAME", VOICES[voice], true)
	local colour = reaper.ColorToNative (table.unpack (COLOURS[voice])) | 0x1000000
	reaper.SetMediaTrackInfo_Value (track, "I_CUSTOMCOLOR", colour)
	local instrument = reaper.TrackFX_GetInstrument (melody_track)
	if instrument >= 0 then
		reaper.TrackFX_CopyToTrack (melody_track, instrument, track, 0, false)
	else
		reaper.TrackFX_AddByName (track, SYNTH, false, -1)
	end
	return track
end

local function refuse_items (track, from, to)
	for index = 0, reaper.CountTrackMediaItems (track) - 1 do
		local item = reaper.GetTrackMediaItem (track, index)
		local start = reaper.GetMediaItemInfo_Value (item, "D_POSITION")
		local stop = start + reaper.GetMediaItemInfo_Value (item, "D_LENGTH")
		if quarters (start) < quarters (to) - TINY and quarters (stop) > quarters (from) + TINY then
			local _, name = reaper.GetTrackName (track)
			refuse ("There is an item on the track " .. name .. " already; move it away first.")
		end
	end
end

local function write_item (track, voice, notes, barline, stop, velocity, remarks)
	local item = reaper.CreateNewMIDIItemInProj (track, seconds (barline), seconds (stop), false)
	local take = reaper.GetActiveTake (item)
	local function ticks (quarter)
		return round (reaper.MIDI_GetPPQPosFromProjTime (take, seconds (barline + quarter)))
	end
	for _, note in ipairs (notes) do
		reaper.MIDI_InsertNote (take, false, false, ticks (note.start), ticks (note.stop), 0, note.pitch, velocity, true)
	end
	reaper.MIDI_Sort (take)
	reaper.GetSetMediaItemTakeInfo_String (take, "P_NAME", VOICES[voice], true)
	reaper.GetSetMediaItemInfo_String (item, "P_NOTES", remarks, true)
end

-- The tracks that there are for the new voices. Where an item lies in the way nothing is written.
local function tracks_for (voices, barline, stop)
	local tracks = {}
	for voice in pairs (voices) do
		tracks[voice] = track_named (VOICES[voice])
		if tracks[voice] then refuse_items (tracks[voice], seconds (barline), seconds (stop)) end
	end
	return tracks
end

-- Do something in one step of the history; where it fails nothing of it stays.
local function in_one_step (title, act)
	reaper.Undo_BeginBlock2 (project)
	reaper.PreventUIRefresh (1)
	local good, fault = pcall (act)
	reaper.PreventUIRefresh (-1)
	reaper.TrackList_AdjustWindows (false)
	reaper.UpdateArrange ()
	reaper.Undo_EndBlock2 (project, title, -1)
	if good then return end
	reaper.Undo_DoUndo2 (project)
	error (fault, 0)
end

-- The action: what is asked, what is shown, what is told. ----------------------------------------------------------

local function ask_settings ()
	local title = TITLE .. ": such as key G major; seed 3 (none are needed)"
	local known = reaper.GetExtState (SECTION, SETTINGS)
	local good, settings = reaper.GetUserInputs (title, 1, "Settings,extrawidth=320,separator=\n", known)
	if not good then return nil end
	reaper.SetExtState (SECTION, SETTINGS, settings, true)
	return settings
end

local function show (progress)
	gfx.set (0.15, 0.15, 0.15)
	gfx.rect (0, 0, gfx.w, gfx.h)
	gfx.set (0.4, 0.63, 0.51)
	gfx.rect (0, gfx.h - 8, gfx.w * progress, 8)
	gfx.set (0.9, 0.9, 0.9)
	gfx.x, gfx.y = 12, 12
	gfx.drawstr ("ripieno adds the missing voices. Esc stops it.")
	gfx.update ()
end

local question -- while there is one

local function finish ()
	if not question then return end
	question:finish ()
	question = nil
	gfx.quit ()
end

-- ripieno counts measures from the first that it was sent. hint: which one that is, "" where it is the timeline's.
local function with_hint (text, hint)
	if hint ~= "" and text:find ("measure") then return text .. "\n\n" .. hint end
	return text
end

-- Do a part of the action, and tell what is wrong with it.
local function run (act, hint)
	local good, fault = pcall (act)
	if good then return end
	finish ()
	local text = type (fault) == "table" and fault.text or "This should not happen: " .. tostring (fault)
	reaper.ShowMessageBox (with_hint (text, hint), TITLE, 0)
end

local function write (lines, hint, melody_track, barline, velocity)
	if reaper.EnumProjects (-1) ~= project or not reaper.ValidatePtr2 (project, melody_track, "MediaTrack*") then
		refuse ("The project or the melody's track was gone when ripieno was ready, so nothing was written.")
	end
	local voices, seed, remarks = parse (lines)
	local stop = barline
	for _, notes in pairs (voices) do
		for _, note in ipairs (notes) do stop = math.max (stop, barline + note.stop) end
	end
	local tracks = tracks_for (voices, barline, stop)
	in_one_step (string.format ("ripieno: add the missing voices (seed %s)", seed), function ()
		local index = round (reaper.GetMediaTrackInfo_Value (melody_track, "IP_TRACKNUMBER")) -- from 1, so it is below
		for voice = 0, 3 do
			if voices[voice] and not tracks[voice] then
				tracks[voice] = new_track (voice, melody_track, index)
				index = index + 1
			end
			if voices[voice] then
				write_item (tracks[voice], voice, voices[voice], barline, stop, velocity, with_hint (remarks, hint))
			end
		end
	end)
end

local function harmonize ()
	local items = selected_items ()
	local notes = all_notes (items)
	local settings = ask_settings ()
	if not settings then return end
	local first, last, loudness = math.huge, 0, 0
	for _, note in ipairs (notes) do
		first, last, loudness = math.min (first, note.start), math.max (last, note.stop), loudness + note.velocity
	end
	local measures = measures_between (first, last)
	local model, barline = meter_of (measures), measures[1].start
	local pickup = #measures > 1 and measures[1].length < model.full - TINY and measures[1].length or 0
	local melody_track = reaper.GetMediaItem_Track (items[1])
	local shown = shown_measure (measures[pickup > 0 and 2 or 1].start)
	local hint = shown == "1" and "" or "Measure 1 is measure " .. shown .. " of the timeline."
	question = Question.new (messages_for (notes, model.meter, pickup, barline, settings))
	gfx.init (TITLE, 360, 64)

	local wait_on
	local function wait ()
		local key = gfx.getchar ()
		if key == ESCAPE or key == CLOSED then return finish () end
		local lines, progress = question:answer ()
		if lines then
			finish ()
			return write (lines, hint, melody_track, barline, round (loudness / #notes))
		end
		show (progress)
		wait_on ()
	end
	wait_on = function () reaper.defer (function () run (wait, hint) end) end
	wait_on ()
end

reaper.atexit (finish)
run (harmonize, "")
reaper.defer (function () end) -- a script that waits leaves no step of its own in the history
