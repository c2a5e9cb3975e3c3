/* metadata.h -- which program this is. */
#ifndef TRAIN_METADATA_H
#define TRAIN_METADATA_H

/* The commit that the program was built from; NULL: built outside a repository. */
const char *metadata_commit(void);

#endif
