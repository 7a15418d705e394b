export {
  type ControllerName,
  controllerNames,
  startWorld,
  type World,
  type WorldOptions,
} from "./up/world.ts";
