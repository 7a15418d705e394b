export { freePort } from "./up/ports.ts";
export {
  type ControllerName,
  controllerNames,
  startWorld,
  type World,
  type WorldOptions,
} from "./up/world.ts";
