# SPDX-License-Identifier: GPL-2.0
#
# What zsh completes: zsh -f complete.zsh LINE... prints the words that it offers for
# each, as "LINE<tab>WORD".
#
# Completion works in an interactive shell only: this is read by that one as well,
# in a terminal of its own, and writes down what it would offer.

if [[ ! -o interactive ]]; then
	export OFFERED=$(mktemp)
	zmodload zsh/zpty
	zpty shell 'TERM=dumb zsh -f -i'
	zpty -w shell "source ${0:A}"
	zpty -r shell shown '*=end=*'
	for line; do
		zpty -n -w shell "$line"$'\t'
		zpty -r shell shown '*=end=*'
	done
	zpty -d shell
	cat $OFFERED
	rm $OFFERED
	exit
fi

PROMPT= RPROMPT=
autoload -Uz compinit
compinit -u -D

# Write down what would be offered, and offer it.
compadd() {
	local -a hits

	# These only look.
	if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
		builtin compadd -A hits "$@"
		(( ! $#hits )) || print -rl -- $typed$'\t'$^hits >>$OFFERED
	fi
	builtin compadd "$@"
}

show() {
	typed=$BUFFER
	zle complete-word
	BUFFER=
	print '=end='
	zle -I
}
zle -N show
bindkey '^I' show
print '=end='
