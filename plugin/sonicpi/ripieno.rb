# ripieno for Sonic Pi: alto, tenor and bass for a melody, from `ripieno serve` on this machine, by OSC.
#
#   eval_file "~/.sonic-pi/ripieno/ripieno.rb"
#   tune = rip_melody [:g4, :a4, :b4, :r], [1, 1, 1.5, 0.5]
#   rip_play rip_harmonize(tune, seed: 3)
#
# A piece is a list of notes, and a note is a list: voice (0 soprano, 1 alto, 2 tenor, 3 bass), pitch,
# start and duration in beats. So `set` and `get` hand a piece from one live_loop to another.
# All the rest is in docs/sonicpi.md.

# Where ripieno listens, if not where it usually does.
define :rip_connect do |port = 7400, host = "127.0.0.1"|
  set :ripieno_connection, [host, port]
end

# -- pieces ---------------------------------------------------------------------------------------------

# The piece of one voice with these pitches, one after the other; :r is a rest. times: the length of each
# in beats, again from the first where there are fewer.
define :rip_melody do |pitches, times = 1, voice: :soprano|
  lengths = [times].flatten.ring
  start = 0
  notes = pitches.each_with_index.map do |pitch, index|
    start += lengths[index]
    [rip_voice(voice), note(pitch), start - lengths[index], lengths[index]] unless rest?(pitch)
  end
  notes.compact
end

# The number of a voice: 0 for :soprano.
define :rip_voice do |voice|
  names = [:soprano, :alto, :tenor, :bass]
  voice.is_a?(Numeric) ? voice : names.index(voice.to_sym) || raise("no voice is called #{voice}; " \
    "there are #{names.join(', ')}")
end

# How many beats a piece lasts.
define :rip_length do |piece|
  rip_notes(piece).map { |_, _, start, duration| start + duration }.max || 0
end

# The notes of a piece; of one that is still being written, when it is whole.
define :rip_notes do |piece|
  parts = rip_parts(piece, 0)
  until parts.any? && parts.last.last == Float::INFINITY
    stop if parts.any? && parts.last.last.nil?
    sleep 1
    parts += rip_parts(piece, parts.size)
  end
  parts.flat_map(&:first)
end

# Play a piece, or only these voices of it, and wait until all of it is over. A block plays the notes:
# rip_play(piece) { |pitch, beats, voice| ... }; without one the synth of the moment does. Where there is no
# piece yet, it waits a beat, so that a live_loop may play what another one is still asking for. Where the
# next notes, of any voice, are still being written, it waits whole beats, to stay in time with other loops.
define :rip_play do |piece, *voices, &sound|
  wanted = voices.map { |voice| rip_voice(voice) }
  now, count, written, length, due = 0, 0, 0, 0, []
  until written == Float::INFINITY && due.empty?
    parts = rip_parts(piece, count)
    unless parts.empty?
      notes = parts.flat_map(&:first)
      count, written, length = count + parts.size, parts.last.last, [length, rip_length(notes)].max
      due += notes.select { |voice, *| wanted.empty? || wanted.include?(voice) }
      due = due.sort_by { |voice, _, start, _| [start, voice] }
    end
    stop unless written # it failed, and the log says why
    if due.any? && due.first[2] < written
      voice, pitch, start, duration = due.shift
      sleep [start - now, 0].max
      now = [start, now].max
      sound ? sound.call(pitch, duration, voice) : play(pitch, sustain: duration * 0.9, release: duration * 0.1)
    elsif written < Float::INFINITY
      sleep written > now ? written - now : 1
      now = [written, now].max
    end
  end
  sleep length > 0 ? length - now : 1
end

# -- what ripieno is asked for --------------------------------------------------------------------------

# The piece with the voices that it has no notes of.
define :rip_harmonize do |piece, settings = {}|
  rip_write settings do |add|
    given = rip_notes(piece)
    add.call given, 0
    rip_ask("harmonize", given, settings, rip_choir - given.map(&:first), &add)
  end
end

# What follows the piece, in the voices that it has; its first beat is the one after the piece.
define :rip_continue do |piece, settings = {}|
  rip_write settings do |add|
    given = rip_notes(piece)
    length = rip_length(given)
    rip_ask("continue", given, settings, rip_choir & given.map(&:first)) do |notes, written|
      add.call rip_later(notes, -length), written - length
    end
  end
end

# A new piece.
define :rip_compose do |settings = {}|
  rip_write(settings) { |add| rip_ask("compose", [], settings, rip_choir, &add) }
end

# Tell ripieno of a key that is played now; velocity 0 lets it go.
define :rip_key do |pitch, velocity = 80|
  rip_send [[0, "play", rip_phrase, note(pitch), velocity, rip_beat]]
end

# The answer to the keys that were played since the last one, from the next barline on. Its first beat is
# the very moment when this returns, so that it is in time when it is played at once.
define :rip_respond do |settings = {}|
  asked = rip_beat
  voices = settings[:task].to_s == "harmonize" ? rip_choir.drop(1) : [0]
  answer = rip_write settings do |add|
    rip_request(rip_phrase, settings, voices, ["respond", rip_phrase, asked]) do |notes, written|
      add.call rip_later(notes, -asked), written - asked
    end
  end
  rip_grows?(settings) ? answer : rip_later(answer, asked - rip_beat).select { |_, _, start, _| start >= 0 }
end

# -- how --------------------------------------------------------------------------------------------------

# Beats since Run was pressed. (`beat` begins again whenever a message comes.)
define :rip_beat do
  vt / current_beat_duration
end

# The id under which keys are played. Each other request has one of its own.
define :rip_phrase do
  1
end

# The voices of a choir.
define :rip_choir do
  [0, 1, 2, 3]
end

# The notes, so many beats later.
define :rip_later do |notes, beats|
  notes.map { |voice, pitch, start, duration| [voice, pitch, start + beats, duration] }
end

# Whether a piece is handed out while it is being written.
define :rip_grows? do |settings|
  ![nil, false, 0].include? settings[:stream]
end

# The piece that a block writes. The block hands notes to `add`, and up to which beat all are there with them.
# A piece that grows is not a list but a name, under which Time State has its parts.
define :rip_write do |settings, &writing|
  unless rip_grows?(settings)
    all = []
    writing.call ->(notes, _) { all += notes }
    next all
  end
  name, count = "/ripieno/#{rip_new_id}", 0
  in_thread do
    add = lambda do |notes, written|
      # A moment later, so that all loops see it at the same beat, however late a thread has its turn.
      with_cue_logging(false) { time_warp(rt(0.1)) { set "#{name}/#{count}", [notes, written] } }
      count += 1
    end
    whole = nil
    begin
      writing.call add
      whole = Float::INFINITY
    ensure
      add.call [], whole
    end
  end
  name
end

# The parts of a piece from this one on, each with the beat up to which the piece is written with it:
# infinity when it is whole, nil when that failed. A list is one part.
define :rip_parts do |piece, first|
  return first == 0 ? [[piece.to_a, Float::INFINITY]] : [] unless piece.is_a? String
  parts = []
  while (part = get("#{piece}/#{first + parts.size}"))
    parts << part.to_a
  end
  parts
end

# An id that no other request has.
define :rip_new_id do
  2 + SecureRandom.random_number(2**31 - 2)
end

# Ask for a piece: its notes first, and how many they are, so that ripieno notices if one is lost.
# voices: those that will be written.
define :rip_ask do |task, piece, settings, voices, &add|
  id = rip_new_id
  notes = piece.map { |voice, pitch, start, duration| [voice, pitch, start.to_f, duration.to_f, 80] }
  packets = notes.each_slice(40).map { |some| ["notes", id, *some.flatten] }
  count = notes.empty? ? [] : [notes.size]
  rip_request(id, settings, voices, *packets, [task, id, *count], &add)
end

# Send messages, the last of which starts a request, and hand the notes of its answer to the block.
# Settings are those of docs/protocol.md; of several words or voices a list may be made.
define :rip_request do |id, settings, voices, *messages, &add|
  place = rip_connection # now, since Sonic Pi gives nothing out to a thread that ends within a time_warp
  chosen = settings.map do |name, value|
    value = { true => 1, false => 0 }.fetch(value, value)
    ["set", id, name.to_s, value.is_a?(Numeric) ? value : [value].flatten.join(" ")]
  end
  # Sonic Pi does not keep the order of what it sends at one moment.
  all = [["ping", id], *chosen, *messages]
  rip_send(all.each_with_index.map { |message, index| [0.005 * index, *message] })
  in_thread do
    sleep rt(2)
    with_cue_logging(false) { cue "/osc/ripieno/silence", id }
  end
  # Who writes is not known here where a setting names the voices.
  trouble = rip_answer(id, (settings.keys & [:ensemble, :given, :voices]).empty? ? voices : [], &add)
  over = true
  raise trouble if trouble
ensure
  unless over # Stop was pressed; then Sonic Pi throws away what is on its way
    Kernel.sleep 0.1
    rip_send [[0, "cancel", id]], place
  end
end

# Hand the notes of an answer, the best version, to the block as they come, each time with the beat up to
# which all are there. A note comes when it ends, so that is where the voice stands that is written the least far.
# Gives a sentence where something went wrong.
define :rip_answer do |id, voices, &add|
  heard, event, ends = false, nil, voices.map { |voice| [voice, 0] }.to_h
  loop do
    with_cue_logging(false) { event = sync_event "/osc*/ripieno/*" }
    sender, *values = event.val.to_a
    next unless sender == id
    case event.path.split("/").last
    when "silence"
      return rip_silent unless heard
    when "result"
      alternative, *numbers = values
      notes = alternative == 1 ? numbers.each_slice(5).map { |note| note.first(4) } : []
      notes.each { |voice, _, start, duration| ends[voice] = start + duration if ends.key? voice }
      add.call notes, ends.values.min || 0
    when "remark"
      puts "ripieno: #{values.first}"
    when "error"
      return "ripieno: #{values.last}"
    when "cancelled", "done"
      return nil
    end
    heard = true
  end
end

define :rip_connection do
  (get(:ripieno_connection) || ["127.0.0.1", 7400]).to_a
end

define :rip_silent do
  host, port = rip_connection
  "ripieno does not answer at #{host}, port #{port}: type `ripieno serve` in a terminal. If it runs, allow " \
  "incoming OSC messages in Sonic Pi's preferences, under IO"
end

# Send messages, each after so many seconds, without the half second by which Sonic Pi puts off its sounds.
define :rip_send do |messages, place = rip_connection|
  host, port = place
  with_osc_logging(false) do
    with_real_time do
      messages.each do |seconds, name, *values|
        time_warp(rt(seconds)) { osc_send host, port, "/ripieno/#{name}", *values }
      end
    end
  end
end
