"""The engine of many machines: tasks on a Spark server, which read and write files of a folder that all of them see."""
