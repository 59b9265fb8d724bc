#!/usr/bin/perl
# What one would write today: kd's kb rows into folded stacks, a line at a time, in the manner of
# the well-known collapse scripts. The yardstick for `report`, no part of it.
use strict;
use warnings;

my (%count, @frames);

sub keep {
	$count{join ";", @frames}++ if @frames;
	@frames = ();
}

while (my $line = <>) {
	chomp $line;
	if ($line =~ /RetAddr/) {
		keep();
	} elsif ($line =~ /^(?:[0-9a-f`]{8,17} (?:: )?)+(?:: )?([^\s+]+)(?:\+0x[0-9a-f]+)?/) {
		unshift @frames, $1;
	} else {
		keep();
	}
}
keep();
print "$_ $count{$_}\n" for sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
