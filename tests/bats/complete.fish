# SPDX-License-Identifier: GPL-2.0
#
# What fish completes: fish complete.fish LINE... prints the words that it offers for
# each, as "LINE<tab>WORD".

for line in $argv
    # Some versions also tell of words that have the letters elsewhere.
    set -l begun (string split ' ' -- $line)[-1]
    for word in (complete "-C$line" | string replace -r '\t.*' '')
        if string match -q -- "$begun*" $word
            printf '%s\t%s\n' $line $word
        end
    end
end
