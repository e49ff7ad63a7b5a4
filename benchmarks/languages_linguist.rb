# What Debian's Linguist says of the files named on the lines of ARGV[0]: one name a line, empty for none.

require 'linguist'

File.foreach(ARGV[0], chomp: true) do |path|
  puts Linguist.detect(Linguist::FileBlob.new(path))&.name.to_s
end
