import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { addresses, clientConfiguration, configuration } from "@/api/configuration";
import { CodeBlock } from "@/ui/CodeBlock";
import styles from "./FirstSteps.module.css";

const SCRIPT = `import math

from clearml import Task

task = Task.init(project_name="examples", task_name="first experiment")
params = task.connect({"steps": 100, "rate": 0.05})
for step in range(params["steps"]):
    task.get_logger().report_scalar("loss", "train", value=math.exp(-params["rate"] * step), iteration=step)
task.close()
`;

/** Addresses of this server for clients. */
export function useAddresses() {
  const told = useQuery({ queryKey: ["configuration"], queryFn: configuration, staleTime: Number.POSITIVE_INFINITY });
  return told.data ? addresses(told.data, new URL(document.baseURI)) : null;
}

/** What to do on a server that holds nothing yet: point a client here, and record something. */
export function FirstSteps() {
  const at = useAddresses();
  return (
    <ol className={styles.steps}>
      <li>
        <h3>Install the SDK where you train</h3>
        <CodeBlock label="Shell">pip install clearml</CodeBlock>
      </li>
      <li>
        <h3>
          Put this into <code>~/clearml.conf</code> there
        </h3>
        <p>
          The key pair comes from the terminal of the server's first start, or from{" "}
          <Link to="/settings/credentials">Settings</Link>, which gives you the whole block.
        </p>
        {at && (
          <CodeBlock label="clearml.conf">{clientConfiguration(at, "YOUR ACCESS KEY", "YOUR SECRET KEY")}</CodeBlock>
        )}
      </li>
      <li>
        <h3>Run an experiment; it appears here by itself</h3>
        <CodeBlock label="first_experiment.py">{SCRIPT}</CodeBlock>
      </li>
    </ol>
  );
}
