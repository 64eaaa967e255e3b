"""The networks: what each computes, tensors in and tensors out, and how each fills a grid."""
