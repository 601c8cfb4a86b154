# SPDX-License-Identifier: GPL-2.0
#
# What zsh completes: zsh -f complete.zsh LINE prints the words, a line each, after
# one that ends with % and before one that is %.
#
# Completion works in an interactive shell only: this is read by that one as well,
# in a terminal of its own.

if [[ ! -o interactive ]]; then
	zmodload zsh/zpty
	zpty shell 'TERM=dumb zsh -f -i'
	zpty -w shell "source ${0:A}"
	zpty -r shell line '*ready*'
	zpty -n -w shell "$1"$'\t'
	zpty -r shell line '*%*done*'
	print -r -- $line
	zpty -d shell
	exit
fi

PROMPT= RPROMPT=
autoload -Uz compinit
compinit -u -D

mark() {
	print -r -- %
}

# Tell of what would be offered, and offer it.
compadd() {
	local -a hits

	# These only look.
	if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
		builtin compadd "$@"
		return
	fi
	builtin compadd -A hits "$@"
	print -rl -- $hits
	builtin compadd "$@"
}

show() {
	compprefuncs=(mark)
	comppostfuncs=(mark)
	zle complete-word
	print done
	zle -I
}
zle -N show
bindkey '^I' show
print ready
