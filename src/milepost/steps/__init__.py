"""The steps of an import: frames in, frames out. They know no store and no machine; `order.STEPS` has their order."""
