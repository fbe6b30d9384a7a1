"""What a training script of any age does: with `trains` 0.16 as with `clearml` 1 and 2. It reads back what it recorded.

Arguments: a folder for files, the name of a queue. Runs on Pythons from 3.8 on.
"""

import argparse
import os
import sys
import time

try:
    from clearml import Model, OutputModel, Task
    from clearml.backend_api.session.client import APIClient
except ImportError:
    from trains import Model, OutputModel, Task
    from trains.backend_api.session.client import APIClient


def check(what, found, wanted):
    if found != wanted:
        raise SystemExit(f"{what}: found {found!r}, wanted {wanted!r}")
    print("ok: " + what)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("queue")
    parser.add_argument("--steps", type=int, default=4)
    task = Task.init(project_name="older clients", task_name="training " + sys.argv[2], auto_resource_monitoring=False)
    arguments = parser.parse_args()
    parameters = task.connect({"rate": 0.5, "layers": [1, 2]})
    task.connect_configuration({"optimizer": {"name": "sgd"}})
    task.set_model_label_enumeration({"cat": 1, "dog": 2})
    logger = task.get_logger()
    for step in range(arguments.steps):
        logger.report_scalar("loss", "train", value=parameters["rate"] ** step, iteration=step)
    logger.report_table("table", "numbers", iteration=1, table_plot=[["x", "y"], [1, 2]])
    logger.report_histogram("histogram", "numbers", iteration=1, values=[1, 2, 3], xaxis="x", yaxis="y")
    logger.report_text("said by the logger")
    task.upload_artifact("numbers", {"one": 1, "two": 2})
    weights = os.path.join(arguments.folder, "weights.txt")
    with open(weights, "w") as out:
        out.write("weights of " + arguments.queue)
    model = OutputModel(task=task, name="weights", framework="PyTorch")
    model.update_weights(weights, upload_uri=os.environ["FILES"], auto_delete_file=False)
    task.add_tags(["older"])
    task.flush(wait_for_uploads=True)

    found = Task.get_task(task_id=task.id)
    parameters = found.get_parameters()
    check("parameters", [parameters[name] for name in ("General/rate", "Args/steps")], ["0.5", "4"])
    check("configuration", "sgd" in str(found.get_configuration_object("General")), True)
    check("labels", found.get_labels_enumeration(), {"cat": 1, "dog": 2})
    check("tags", found.get_tags(), ["older"])
    check("artifact", found.artifacts["numbers"].get(), {"one": 1, "two": 2})
    for _ in range(60):
        series = found.get_reported_scalars().get("loss", {}).get("train", {"y": []})["y"]
        if len(series) == arguments.steps:
            break
        time.sleep(0.5)
    check("scalars", list(series), [0.5**step for step in range(arguments.steps)])
    with open(Model(model_id=model.id).get_local_copy()) as copy:
        check("weights", copy.read(), "weights of " + arguments.queue)

    client = APIClient()
    queue = client.queues.create(name=arguments.queue).id
    clone = Task.clone(source_task=task, name="a clone")
    check("a clone is a draft", (clone.get_status(), clone.parent), ("created", task.id))
    clone.set_parameters({"General/rate": "0.25"})
    Task.enqueue(clone, queue_name=arguments.queue)
    check("the queue has it", [entry.task for entry in client.queues.get_by_id(queue=queue).entries], [clone.id])
    Task.dequeue(clone)
    check("the queue is empty", len(client.queues.get_by_id(queue=queue).entries), 0)
    task.close()
    print("task=" + task.id)


if __name__ == "__main__":
    main()
