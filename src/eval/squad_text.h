/* squad_text.h -- texts as SQuAD's evaluate script compares them (Rajpurkar et al. 2016, arXiv
 * 1606.05250): lower case, no ASCII punctuation, articles (a, an, the) blanked where no letter or
 * digit is beside them, white space of Unicode made blanks. Lower case is of Latin, Greek, Cyrillic
 * and Armenian letters; other scripts with two cases are compared as they are. */
#ifndef EVAL_SQUAD_TEXT_H
#define EVAL_SQUAD_TEXT_H

/* In place; UTF-8, and bytes that are none are left as they are. */
void squad_normalize(char *text);

#endif
