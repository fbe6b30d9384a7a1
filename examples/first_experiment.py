"""A first experiment: parameters, a curve, an artifact. Nothing in it knows Trackyard; it is plain `clearml`."""

import math

from clearml import Task

task = Task.init(project_name="examples", task_name="first experiment")
params = task.connect({"steps": 100, "rate": 0.05})

loss = 1.0
for step in range(params["steps"]):
    loss = math.exp(-params["rate"] * step)
    task.get_logger().report_scalar("loss", "train", value=loss, iteration=step)

task.upload_artifact("summary", {"loss": loss})
task.close()
print(f"final loss {loss:.4f}; task {task.id}")
