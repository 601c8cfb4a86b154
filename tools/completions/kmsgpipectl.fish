# SPDX-License-Identifier: GPL-2.0
#
# Completion of kmsgpipectl for fish. The tests hold it against --help.

# Whether the verb is one of these; none: whether there is none yet.
function __kmsgpipectl_verb
    set -l words (commandline -opc)
    if test (count $argv) -eq 0
        test (count $words) -eq 1
    else
        test (count $words) -gt 1; and contains -- $words[2] $argv
    end
end

# The same for verbs with one PIPE: whether that is still to come.
function __kmsgpipectl_first
    __kmsgpipectl_verb $argv; or return
    set -l words (commandline -opc)
    for word in $words[3..-1]
        contains -- $word (__kmsgpipectl_pipes | cut -f 1); and return 1
    end
    return 0
end

# The pipes there are. A name of digits alone would be taken for an index.
function __kmsgpipectl_pipes
    kmsgpipectl list --raw --noheadings --output pipe,name 2>/dev/null |
        while read -l pipe name
            printf '%s\t%s\n' $pipe $name
            string match -qr '^(-|[0-9]+)$' -- $name
            or printf '%s\t%s\n' $name $pipe
        end
end

# The columns that --help of the verb tells of, after the last comma.
function __kmsgpipectl_columns
    set -l words (commandline -opc)
    set -l before (string match -r '^.*,' -- (commandline -ct))
    kmsgpipectl $words[2] --help 2>/dev/null |
        sed -n '/^Columns/,$s/^  \([A-Z_]\{2,\}\) .*/\L\1/p' |
        while read -l column
            echo "$before$column"
        end
end

complete -c kmsgpipectl -f
complete -c kmsgpipectl -n __kmsgpipectl_verb -s h -l help -d 'print this text'
complete -c kmsgpipectl -n __kmsgpipectl_verb -s V -l version -d 'print the version'

complete -c kmsgpipectl -n __kmsgpipectl_verb -a list -d 'list pipes, with what is queued and who has them open'
complete -c kmsgpipectl -n __kmsgpipectl_verb -a status -d 'tell all about a pipe'
complete -c kmsgpipectl -n __kmsgpipectl_verb -a create -d 'create a pipe, and print the path of its node'
complete -c kmsgpipectl -n __kmsgpipectl_verb -a remove -d 'remove pipes, with what is queued in them'
complete -c kmsgpipectl -n __kmsgpipectl_verb -a set -d 'change the settings of pipes'
complete -c kmsgpipectl -n __kmsgpipectl_verb -a apply -d 'make pipes what the configuration says'
complete -c kmsgpipectl -n __kmsgpipectl_verb -a clear -d 'drop all that is queued in pipes'
complete -c kmsgpipectl -n __kmsgpipectl_verb -a cleanup -d 'drop the messages whose time is over, of all pipes or those given'
complete -c kmsgpipectl -n __kmsgpipectl_verb -a send -d 'send messages: arguments, a file, or the lines of standard input'
complete -c kmsgpipectl -n __kmsgpipectl_verb -a recv -d 'receive messages, and print them'
complete -c kmsgpipectl -n __kmsgpipectl_verb -a stats -d 'tell what has gone through pipes since they were created'
complete -c kmsgpipectl -n __kmsgpipectl_verb -a monitor -d 'print a line for each pipe and interval, as vmstat does'
complete -c kmsgpipectl -n __kmsgpipectl_verb -a log -d 'tell the last operations, on one pipe or all; for root'
complete -c kmsgpipectl -n __kmsgpipectl_verb -a metrics -d 'print the numbers of pipes for Prometheus'
complete -c kmsgpipectl -n __kmsgpipectl_verb -a doctor -d 'find what is wrong, and the command that mends it'
complete -c kmsgpipectl -n __kmsgpipectl_verb -a version -d 'print the versions of this program and of the module'

complete -c kmsgpipectl -n '__kmsgpipectl_verb list status remove set clear cleanup stats monitor metrics' -a '(__kmsgpipectl_pipes)'
complete -c kmsgpipectl -n '__kmsgpipectl_first send recv log' -a '(__kmsgpipectl_pipes)'
complete -c kmsgpipectl -n '__kmsgpipectl_verb apply' -F

complete -c kmsgpipectl -n '__kmsgpipectl_verb list status create remove set apply clear cleanup send recv stats monitor log metrics doctor version' -s h -l help -d 'print the help of the verb'
complete -c kmsgpipectl -n '__kmsgpipectl_verb list stats log' -s o -l output -x -a '(__kmsgpipectl_columns)' -d 'which columns, separated by commas'
complete -c kmsgpipectl -n '__kmsgpipectl_verb list stats log' -s O -l output-all -d 'all columns'
complete -c kmsgpipectl -n '__kmsgpipectl_verb list stats log doctor version' -s J -l json -d 'as JSON'
complete -c kmsgpipectl -n '__kmsgpipectl_verb list stats log' -s r -l raw -d 'columns separated by one space'
complete -c kmsgpipectl -n '__kmsgpipectl_verb list stats monitor log' -s n -l noheadings -d 'without the line of headings'
complete -c kmsgpipectl -n '__kmsgpipectl_verb list stats log' -s b -l bytes -d 'sizes in bytes, times in milliseconds'
complete -c kmsgpipectl -n '__kmsgpipectl_verb status' -s J -l json -d 'as JSON, with all columns of list'
complete -c kmsgpipectl -n '__kmsgpipectl_verb create set' -s m -l mode -x -a 'message stream' -d 'what the pipe carries'
complete -c kmsgpipectl -n '__kmsgpipectl_verb create set' -s e -l eof -x -a 'never empty hangup' -d 'when a reader of the empty pipe gets the end of file'
complete -c kmsgpipectl -n '__kmsgpipectl_verb create set' -l max-msgs -x -d 'messages it holds'
complete -c kmsgpipectl -n '__kmsgpipectl_verb create set' -l msg-size -x -d 'the longest message'
complete -c kmsgpipectl -n '__kmsgpipectl_verb create set' -l max-bytes -x -d 'bytes it holds'
complete -c kmsgpipectl -n '__kmsgpipectl_verb create set' -s t -l ttl -x -d 'life of a message'
complete -c kmsgpipectl -n '__kmsgpipectl_verb create set' -l cleanup -x -a 'on off' -d 'drop expired messages by itself'
complete -c kmsgpipectl -n '__kmsgpipectl_verb create set' -l cleanup-interval -x -d 'how often'
complete -c kmsgpipectl -n '__kmsgpipectl_verb create set' -s u -l owner -x -a '(__fish_complete_users)' -d 'owner of the node'
complete -c kmsgpipectl -n '__kmsgpipectl_verb create set' -s g -l group -x -a '(__fish_complete_groups)' -d 'group of the node'
complete -c kmsgpipectl -n '__kmsgpipectl_verb create set' -s p -l perm -x -d 'permissions of the node'
complete -c kmsgpipectl -n '__kmsgpipectl_verb set' -l truncate -d 'drop what is over new limits, the newest first, instead of keeping writers back'
complete -c kmsgpipectl -n '__kmsgpipectl_verb set clear cleanup' -s v -l verbose -d 'tell how many messages were dropped'
complete -c kmsgpipectl -n '__kmsgpipectl_verb apply' -s c -l config -x -a '(__fish_complete_directories)' -d 'read DIR instead of /etc/kmsgpipe/pipes.d'
complete -c kmsgpipectl -n '__kmsgpipectl_verb apply' -s n -l dry-run -d 'show what would be done, and do nothing'
complete -c kmsgpipectl -n '__kmsgpipectl_verb apply' -s v -l verbose -d 'tell what was done'
complete -c kmsgpipectl -n '__kmsgpipectl_verb send' -s f -l file -r -F -d 'one message'
complete -c kmsgpipectl -n '__kmsgpipectl_verb send' -s 0 -l null -d 'messages on standard input end with a NUL'
complete -c kmsgpipectl -n '__kmsgpipectl_verb send' -s p -l priority -x -d 'higher ones are read first'
complete -c kmsgpipectl -n '__kmsgpipectl_verb send' -s t -l ttl -x -d 'life of the messages'
complete -c kmsgpipectl -n '__kmsgpipectl_verb send' -s b -l batch -x -d 'messages from standard input sent at a time'
complete -c kmsgpipectl -n '__kmsgpipectl_verb send' -s w -l timeout -x -d 'how long to wait for room'
complete -c kmsgpipectl -n '__kmsgpipectl_verb recv' -s f -l follow -d 'go on until the end of the pipe, or a signal'
complete -c kmsgpipectl -n '__kmsgpipectl_verb recv' -s n -l count -x -d 'how many messages (1)'
complete -c kmsgpipectl -n '__kmsgpipectl_verb recv' -s w -l timeout -x -d 'how long to wait for each'
complete -c kmsgpipectl -n '__kmsgpipectl_verb recv' -s p -l peek -d 'leave the message where it is'
complete -c kmsgpipectl -n '__kmsgpipectl_verb recv' -s J -l json -d 'each as a line of JSON, with all that it carries'
complete -c kmsgpipectl -n '__kmsgpipectl_verb recv' -s 0 -l null -d 'a NUL after each, instead of a newline'
complete -c kmsgpipectl -n '__kmsgpipectl_verb recv' -s r -l raw -d 'nothing after a message, and bytes as they are on a terminal too'
complete -c kmsgpipectl -n '__kmsgpipectl_verb recv' -s b -l batch -x -d 'messages received at a time'
complete -c kmsgpipectl -n '__kmsgpipectl_verb monitor' -s i -l interval -x -d 'how often (1s)'
complete -c kmsgpipectl -n '__kmsgpipectl_verb monitor' -s c -l count -x -d 'how many times'
complete -c kmsgpipectl -n '__kmsgpipectl_verb monitor' -s J -l json -d 'each line as an object of JSON'
