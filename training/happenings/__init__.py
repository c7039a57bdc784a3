"""What training has to tell people: runs that failed, proposals that wait, a disk that fills."""
