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
  (piece || []).map { |_, _, start, duration| start + duration }.max || 0
end

# Play a piece, or only these voices of it, and wait until all of it is over. A block plays the notes:
# rip_play(piece) { |pitch, beats, voice| ... }; without one the synth of the moment does. Where there is no
# piece yet, it waits a beat, so that a live_loop may play what another one is still asking for.
define :rip_play do |piece, *voices, &sound|
  wanted = voices.map { |voice| rip_voice(voice) }
  now = 0
  (piece || []).sort_by { |voice, _, start, _| [start, voice] }.each do |voice, pitch, start, duration|
    next unless wanted.empty? || wanted.include?(voice)
    sleep start - now
    now = start
    sound ? sound.call(pitch, duration, voice) : play(pitch, sustain: duration * 0.9, release: duration * 0.1)
  end
  length = rip_length(piece)
  sleep length > 0 ? length - now : 1
end

# -- what ripieno is asked for --------------------------------------------------------------------------

# The piece with the voices that it has no notes of.
define :rip_harmonize do |piece, settings = {}|
  piece.to_a + rip_ask("harmonize", piece, settings)
end

# What follows the piece, in the voices that it has; its first beat is the one after the piece.
define :rip_continue do |piece, settings = {}|
  length = rip_length(piece)
  rip_ask("continue", piece, settings).map do |voice, pitch, start, duration|
    [voice, pitch, start - length, duration]
  end
end

# A new piece.
define :rip_compose do |settings = {}|
  rip_ask("compose", [], settings)
end

# Tell ripieno of a key that is played now; velocity 0 lets it go.
define :rip_key do |pitch, velocity = 80|
  rip_send [[0, "play", rip_phrase, note(pitch), velocity, rip_beat]]
end

# The answer to the keys that were played since the last one, from the next barline on. Its first beat is
# this very moment, so that it is in time when it is played at once.
define :rip_respond do |settings = {}|
  answer = rip_request(rip_phrase, settings, ["respond", rip_phrase, rip_beat])
  now = rip_beat
  answer.map { |voice, pitch, start, duration| [voice, pitch, start - now, duration] }
        .select { |_, _, start, _| start >= 0 }
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

# Ask for a piece: its notes first, and how many they are, so that ripieno notices if one is lost.
define :rip_ask do |task, piece, settings|
  id = 2 + SecureRandom.random_number(2**31 - 2)
  notes = piece.map { |voice, pitch, start, duration| [voice, pitch, start.to_f, duration.to_f, 80] }
  packets = notes.each_slice(40).map { |some| ["notes", id, *some.flatten] }
  count = notes.empty? ? [] : [notes.size]
  rip_request(id, settings, *packets, [task, id, *count])
end

# Send messages, the last of which starts a request, and wait for its answer: new notes, the best version.
# Settings are those of docs/protocol.md; of several words or voices a list may be made.
define :rip_request do |id, settings, *messages|
  chosen = settings.map do |name, value|
    ["set", id, name.to_s, value.is_a?(Numeric) ? value : [value].flatten.join(" ")]
  end
  # Sonic Pi does not keep the order of what it sends at one moment.
  all = [["ping", id], *chosen, *messages]
  rip_send(all.each_with_index.map { |message, index| [0.005 * index, *message] })
  in_thread do
    sleep rt(2)
    with_cue_logging(false) { cue "/osc/ripieno/silence", id }
  end
  rip_answer id
end

# Collect the notes of an answer, up to its end.
define :rip_answer do |id|
  heard, notes, event = false, [], nil
  loop do
    with_cue_logging(false) { event = sync_event "/osc*/ripieno/*" }
    sender, *values = event.val.to_a
    next unless sender == id
    case event.path.split("/").last
    when "silence"
      raise rip_silent unless heard
    when "result"
      alternative, *numbers = values
      notes += numbers.each_slice(5).map { |note| note.first(4) } if alternative == 1
    when "remark"
      puts "ripieno: #{values.first}"
    when "error"
      raise "ripieno: #{values.last}"
    when "cancelled"
      return []
    when "done"
      break
    end
    heard = true unless event.path.end_with?("/silence")
  end
  notes
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
define :rip_send do |messages|
  host, port = rip_connection
  with_osc_logging(false) do
    with_real_time do
      messages.each do |seconds, name, *values|
        time_warp(rt(seconds)) { osc_send host, port, "/ripieno/#{name}", *values }
      end
    end
  end
end
